import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openNodeDevice } from "../../src/device/node-device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import {
  buildModel,
  Conv2d,
  countParams,
  Embedding,
  GroupNorm,
  initParams,
  joinParameters,
  LayerNorm,
  Linear,
  loadParams,
  Module,
  type Params,
  parameterCount,
  type StoredTensor,
} from "../../src/nn/index.js";
import { tensor } from "../../src/tensor/create.js";
import type { TensorData } from "../../src/tensor/dtype.js";
import { Key } from "../../src/tensor/key.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";

const gpu = testDevice();
const host = new ReferenceDevice();

/** One of everything, with lists and a hole, as large models have them. */
class Model extends Module {
  readonly conv: Conv2d;
  readonly blocks: readonly [Linear, undefined, LayerNorm];
  readonly norm: GroupNorm;
  readonly words: Embedding;
  readonly shortcut?: Linear;
  readonly width = 4;

  constructor(params: Params, { shortcut = false } = {}) {
    super();
    this.words = new Embedding(params.at("words"), { count: 3, size: 4 });
    this.conv = new Conv2d(params.at("conv"), { in: 2, out: 4, kernel: 3, padding: 1 });
    this.norm = new GroupNorm(params.at("norm"), { groups: 2, channels: 4 });
    const blocks = params.at("blocks");
    this.blocks = [
      new Linear(blocks.at(0), { in: 4, out: 4 }),
      undefined,
      new LayerNorm(blocks.at(2), { size: 4 }),
    ];
    if (shortcut) this.shortcut = new Linear(params.at("shortcut"), { in: 4, out: 4, bias: false });
  }

  /** x [N, 2, H, 4] → [N, 4, H, 4] */
  forward(x: Tensor): Tensor {
    const y = this.blocks[0].forward(this.norm.forwardSilu(this.conv.forward(x)));
    return this.blocks[2].forward(y);
  }
}

const NAMES = [
  "conv.weight",
  "conv.bias",
  "blocks.0.weight",
  "blocks.0.bias",
  "blocks.2.weight",
  "blocks.2.bias",
  "norm.weight",
  "norm.bias",
  "words.weight",
];

async function stored(module: Module) {
  const all = new Map<string, { shape: readonly number[]; values: TensorData }>();
  for (const [name, { value }] of module.parameters()) {
    all.set(name, { shape: value.shape, values: await value.data() });
  }
  return all;
}

describe("names", () => {
  test("paths of fields are the names that were asked for", () => {
    const parameters = new Model(countParams(), { shortcut: true }).parameters();
    expect([...parameters.keys()]).toEqual([...NAMES, "shortcut.weight"]);
    for (const [path, { name }] of parameters) expect(path).toBe(name);
  });

  test("an optional layer that was not built has no name", () => {
    expect([...new Model(countParams()).parameters().keys()]).toEqual(NAMES);
  });

  test("joined modules get one prefix each", () => {
    const a = new Linear(countParams(), { in: 1, out: 1 });
    const joined = joinParameters({ unet: a, text_encoder: a });
    expect([...joined.keys()]).toEqual([
      "unet.weight",
      "unet.bias",
      "text_encoder.weight",
      "text_encoder.bias",
    ]);
  });

  test("counting allocates nothing and has no values", () => {
    const before = host.stats.liveBuffers;
    const parameters = new Model(countParams()).parameters();
    expect(parameterCount(parameters.values())).toBe(72 + 4 + 16 + 4 + 4 + 4 + 4 + 4 + 12);
    expect(host.stats.liveBuffers).toBe(before);
    const conv = parameters.get("conv.weight");
    expect(() => conv?.value).toThrowErrorMatchingInlineSnapshot(
      `[HitofudeError: conv.weight: this parameter was only counted, it has no values. Build the model from initParams or loadParams.]`,
    );
  });
});

describe("initialisation", () => {
  test("the same key gives the same model on every device, another key another one", async () => {
    using _gpu = gpu().scope();
    using _host = host.scope();
    const a = await stored(new Model(initParams(gpu(), Key.from(1))));
    expect(await stored(new Model(initParams(gpu(), Key.from(1))))).toEqual(a);
    const onHost = await stored(new Model(initParams(host, Key.from(1))));
    for (const [name, { values }] of a) {
      const want = onHost.get(name)?.values ?? [];
      values.forEach((v, i) => {
        expect(v).toBeCloseTo(want[i] ?? Number.NaN, 6);
      });
    }
    const other = await stored(new Model(initParams(gpu(), Key.from(2))));
    expect(other.get("conv.weight")).not.toEqual(a.get("conv.weight"));
  });

  test("a parameter depends on its name alone, not on what was built before it", async () => {
    using _scope = gpu().scope();
    const source = initParams(gpu(), Key.from(1));
    const small = await stored(new Model(source));
    const large = await stored(new Model(source, { shortcut: true }));
    for (const [name, value] of small) expect(large.get(name)).toEqual(value);
    const weights = ["a", "b"].map((n) => new Linear(source.at(n), { in: 4, out: 4 }).weight.value);
    expect(await weights[0]?.data()).not.toEqual(await weights[1]?.data());
  });

  test("uniform weights fill ±bound with the right variance, constants are constant", () => {
    using _scope = host.scope();
    const source = initParams(host, Key.from(4));
    const { weight, bias } = new Linear(source, { in: 64, out: 256 });
    const w = weight.value.reference.data;
    const bound = 1 / 8;
    const variance = w.reduce((sum, v) => sum + v * v, 0) / w.length;
    expect(Math.max(...w)).toBeLessThanOrEqual(bound);
    expect(Math.min(...w)).toBeGreaterThanOrEqual(-bound);
    // Four standard deviations of the estimate: 2 / √(5 n) of bound² / 3.
    const slack = (4 * 2) / Math.sqrt(5 * w.length);
    expect(Math.abs((3 * variance) / bound ** 2 - 1)).toBeLessThan(slack);
    expect(bias?.value.reference.data.some((v) => v !== 0)).toBe(true);
    const zero = new Conv2d(source, { in: 2, out: 2, kernel: 3, zero: true });
    expect(zero.weight.value.reference.data.every((v) => v === 0)).toBe(true);
    const norm = new GroupNorm(source, { groups: 1, channels: 2 });
    expect([...norm.weight.value.reference.data]).toEqual([1, 1]);
  });

  test("dispose frees every parameter", () => {
    const model = new Model(initParams(gpu(), Key.from(1)));
    expect(gpu().stats.liveBuffers).toBe(NAMES.length);
    model.dispose();
    expect(gpu().stats.liveBuffers).toBe(0);
  });
});

describe("room", () => {
  test("a model that has none is refused with the numbers, before anything is made", async () => {
    const stored = new Map<string, StoredTensor>();
    const values = { weight: new Float32Array(1200), bias: new Float32Array(40) };
    stored.set("weight", { shape: [40, 30], values: values.weight });
    stored.set("bias", { shape: [40], values: values.bias });
    // 4960 bytes of parameters; drawing the weight takes twice its 4800 beside them.
    const build = (params: Params) => new Linear(params, { in: 30, out: 40 });
    const { device, close } = await openNodeDevice({ memoryLimit: 4959 });
    const sources = { drawn: initParams(device, Key.from(1)), stored: loadParams(device, stored) };
    expect(() => buildModel(device, sources.drawn, build)).toThrowErrorMatchingInlineSnapshot(
      `[OutOfMemoryError: the model: 2 tensors take 14.2 KiB (9.4 KiB of it while they are made) with 0 bytes live, and the memoryLimit is 4.8 KiB. To go on, free others first, or choose a smaller model.]`,
    );
    expect(() => buildModel(device, sources.stored, build)).toThrowErrorMatchingInlineSnapshot(
      `[OutOfMemoryError: the model: 2 tensors take 4.8 KiB with 0 bytes live, and the memoryLimit is 4.8 KiB. To go on, free others first, or choose a smaller model.]`,
    );
    expect(device.stats).toMatchObject({ liveBytes: 0, pooledBytes: 0, peakBytes: 0 });
    close();
  });

  test("a model that just fits is made", async () => {
    const build = (params: Params) => new Linear(params, { in: 30, out: 40 });
    const { device, close } = await openNodeDevice({ memoryLimit: 4960 + 2 * 4800 });
    const layer = buildModel(device, initParams(device, Key.from(1)), build);
    expect(device.stats.liveBytes).toBe(4960);
    layer.dispose();
    close();
  });
});

describe("loading", () => {
  test("a saved model computes the same, under a prefix too", async () => {
    using _scope = gpu().scope();
    const model = new Model(initParams(gpu(), Key.from(7)));
    const x = tensor(gpu(), values(1, 2 * 2 * 3 * 4), [2, 2, 3, 4]);
    const want = await model.forward(x).data();
    const all = await stored(model);
    const params = loadParams(gpu(), all);
    const loaded = new Model(params);
    params.finish();
    expect(await loaded.forward(x).data()).toEqual(want);
    const prefixed = new Map<string, StoredTensor>();
    for (const [name, v] of all) prefixed.set(`ema.${name}`, v);
    prefixed.set("other.x", { shape: [1], values: Float32Array.of(1) });
    const under = loadParams(gpu(), prefixed, "ema.");
    const second = new Model(under);
    under.finish();
    expect(await second.forward(x).data()).toEqual(want);
  });

  test("missing, left-over and misshapen tensors are reported together", async () => {
    using _scope = gpu().scope();
    const all = await stored(new Model(initParams(gpu(), Key.from(7))));
    all.delete("norm.bias");
    all.set("words.weight", { shape: [4, 3], values: new Float32Array(12) });
    all.set("conv.extra", { shape: [1], values: Float32Array.of(1) });
    const params = loadParams(gpu(), all);
    new Model(params);
    expect(() => params.finish()).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: The checkpoint does not fit the model: words.weight is [4, 3], the model needs [3, 4]; norm.bias is missing; conv.extra belongs to nothing. Use the config that was written beside the checkpoint.]`,
    );
  });

  test("a long list is cut", () => {
    const params = loadParams(gpu(), new Map([["x", { shape: [], values: [1] }]]));
    new Model(params);
    expect(() => params.finish()).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: The checkpoint does not fit the model: words.weight is missing; conv.weight is missing; conv.bias is missing; norm.weight is missing; norm.bias is missing; blocks.0.weight is missing; blocks.0.bias is missing; blocks.2.weight is missing … and 2 more. Use the config that was written beside the checkpoint.]`,
    );
  });

  test("every shape that was asked for is the shape that is held", () => {
    using _scope = host.scope();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (a, b) => {
        using _inner = host.scope();
        const layer = new Linear(initParams(host, Key.from(1)), { in: a, out: b });
        for (const { shape, value } of layer.parameters().values()) {
          expect(value.shape).toEqual(shape);
          expect(value.size).toBe(sizeOf(shape));
        }
      }),
      { numRuns: 20 },
    );
  });
});
