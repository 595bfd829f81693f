import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { UNet2DConditionModel, type UNetConfig } from "../../src/models/unet/index.js";
import { sinusoids } from "../../src/models/unet/timestep-embedding.js";
import { initParams } from "../../src/nn/index.js";
import { mean } from "../../src/ops/mean.js";
import { square } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectDirectionalGradient, expectParameterGradients } from "../nn/differences.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";
import { condition, micro, sample, shake, twoLevels } from "./small.js";

const gpu = testDevice();
const host = new ReferenceDevice();

function build(device: Device, config: UNetConfig): UNet2DConditionModel {
  const model = new UNet2DConditionModel(initParams(device, Key.from(1)), config);
  shake(model);
  return model;
}

const time = (device: Device): Tensor => tensor(device, [0.3, -1.2]);

describe("UNet2DConditionModel", () => {
  test("a fresh model answers 0 with the shape of the sample", async () => {
    using _scope = gpu().scope();
    const model = new UNet2DConditionModel(initParams(gpu(), Key.from(1)), twoLevels);
    const y = model.forward(sample(gpu(), twoLevels), time(gpu()), condition(gpu(), twoLevels));
    expect(y.shape).toEqual([2, 3, 8, 8]);
    expect((await y.data()).every((v) => v === 0)).toBe(true);
  });

  test("out_channels and the sample's size are free", () => {
    using _scope = gpu().scope();
    const model = build(gpu(), { ...twoLevels, out_channels: 5 });
    const x = tensor(gpu(), values(1, 3 * 4 * 12), [1, 3, 4, 12]);
    const y = model.forward(x, tensor(gpu(), [1]), condition(gpu(), twoLevels, 1));
    expect(y.shape).toEqual([1, 5, 4, 12]);
  });

  test.each([
    ["two levels", twoLevels],
    ["micro", micro],
  ])("kernels equal the reference: %s", async (_, config) => {
    using _gpu = gpu().scope();
    using _host = host.scope();
    const run = (device: Device): Tensor =>
      build(device, config).forward(
        sample(device, config),
        time(device),
        condition(device, config),
      );
    const want = run(host).reference.data;
    expect(Math.max(...want.map(Math.abs))).toBeGreaterThan(0.1);
    expectClose(await run(gpu()).data(), want, 1e-4, "forward");
  });

  test("kernels equal the reference: the gradient of the sample", async () => {
    using _gpu = gpu().scope();
    using _host = host.scope();
    const run = (device: Device): Tensor | undefined => {
      const model = build(device, micro);
      const c = condition(device, micro);
      const loss = (x: Tensor): Tensor => mean(square(model.forward(x, time(device), c)));
      return grad(loss)(sample(device, micro))[0];
    };
    expectClose(await run(gpu())?.data(), run(host)?.reference.data ?? [], 1e-4, "dx");
  });

  test("in inference nothing stays but the result, and depth costs no memory", () => {
    using _scope = gpu().scope();
    /** Bytes at the peak of a forward pass, and how many buffers it left. */
    const measure = (layers: number) => {
      const transformer_layers_per_block = [layers, layers];
      const model = build(gpu(), { ...micro, transformer_layers_per_block });
      const inputs = [sample(gpu(), micro), time(gpu()), condition(gpu(), micro)] as const;
      const before = gpu().stats;
      gpu().resetPeak();
      model.forward(...inputs);
      const { peakBytes, liveBuffers } = gpu().stats;
      return { peak: peakBytes - before.liveBytes, left: liveBuffers - before.liveBuffers };
    };
    const shallow = measure(1);
    expect(shallow.left).toBe(1);
    expect(measure(6)).toEqual(shallow);
  });

  test("samples of a batch do not see each other", async () => {
    using _scope = gpu().scope();
    const model = build(gpu(), twoLevels);
    const c = condition(gpu(), twoLevels);
    const both = await model.forward(sample(gpu(), twoLevels), time(gpu()), c).data();
    const half = both.length / 2;
    const one = {
      hidden: tensor(gpu(), (await c.hidden.data()).slice(0, 18), [1, 3, 6]),
      mask: tensor(gpu(), [0, 0, 0], [1, 3]),
      pooled: tensor(gpu(), (await c.pooled.data()).slice(0, 5), [1, 5]),
    };
    const x = tensor(gpu(), (await sample(gpu(), twoLevels).data()).slice(0, 192), [1, 3, 8, 8]);
    const alone = await model.forward(x, tensor(gpu(), [0.3]), one).data();
    expectClose(alone, both.subarray(0, half), 1e-5, "first sample");
  });

  test("time, words and pooled condition all matter; a masked word does not", () => {
    using _scope = host.scope();
    const model = build(host, micro);
    const c = condition(host, micro);
    const x = sample(host, micro);
    const run = (t: Tensor, change: Partial<typeof c> = {}): number[] => [
      ...model.forward(x, t, { ...c, ...change }).reference.data,
    ];
    const base = run(time(host));
    expect(run(tensor(host, [0.3, 1.2]))).not.toEqual(base);
    expect(run(time(host), { pooled: tensor(host, values(1, 6), [2, 3]) })).not.toEqual(base);
    expect(run(time(host), { hidden: tensor(host, values(1, 18), [2, 3, 3]) })).not.toEqual(base);
    const hidden = c.hidden.reference.map((v, i) => (i >= 15 ? v + 5 : v));
    expect(run(time(host), { hidden: tensor(host, hidden.data, [2, 3, 3]) })).toEqual(base);
  });
});

describe("gradients of a whole UNet, in float64", () => {
  test("with respect to all parameters together", () => {
    using _scope = host.scope();
    const model = build(host, micro);
    const [x, c] = [sample(host, micro), condition(host, micro)];
    const loss = (): Tensor => mean(square(model.forward(x, time(host), c)));
    expectDirectionalGradient(model.parameters(), loss);
  });

  test("with respect to a few parameters at 4 × 4", () => {
    using _scope = host.scope();
    const model = build(host, micro);
    const [x, c] = [sample(host, micro), condition(host, micro)];
    const loss = (): Tensor => mean(square(model.forward(x, time(host), c)));
    const few = new Map(
      [...model.parameters()].filter(([name]) =>
        /^conv_in.weight|class_embedding.linear_1.weight|attn2.to_k.weight|0.conv_shortcut.weight/.test(
          name,
        ),
      ),
    );
    expect(few.size).toBeGreaterThan(4);
    expectParameterGradients(few, loss, { entries: 2, tolerance: 1e-6 });
  });

  test("with respect to the sample, the time and the condition", () => {
    let model: UNet2DConditionModel | undefined;
    const report = gradcheck(
      (x, t, hidden, pooled) => {
        const mask = tensor(x.device, [0, 0, -1e9], [1, 3]);
        model ??= build(x.device, micro);
        return model.forward(x, t, { hidden, mask, pooled });
      },
      [
        new NdArray([1, 2, 4, 4], Float64Array.from(values(1, 32))),
        new NdArray([1], Float64Array.of(0.7)),
        new NdArray([1, 3, 3], Float64Array.from(values(2, 9))),
        new NdArray([1, 3], Float64Array.from(values(3, 3))),
      ],
    );
    expect(report.ok, report.message).toBe(true);
  });
});

describe("sinusoids", () => {
  test("halves are cosines and sines of geometric frequencies", () => {
    using _scope = host.scope();
    const t = tensor(host, [0, 2.5]);
    const e = sinusoids(t, { dim: 6, flip_sin_to_cos: true, freq_shift: 0 });
    expect(e.shape).toEqual([2, 6]);
    const f = [0, 1, 2].map((i) => 10_000 ** (-i / 3));
    const want = [0, 2.5].flatMap((v) => [
      ...f.map((w) => Math.cos(v * w)),
      ...f.map((w) => Math.sin(v * w)),
    ]);
    expectClose(e.reference.data, want, 1e-12, "sinusoids");
    const swapped = sinusoids(t, { dim: 6, flip_sin_to_cos: false, freq_shift: 1 });
    expect(swapped.reference.at(1, 2)).toBeCloseTo(Math.sin(2.5 / 10_000), 12);
    expect(swapped.reference.at(1, 3)).toBeCloseTo(Math.cos(2.5), 12);
  });
});
