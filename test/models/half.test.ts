/**
 * Mixed precision: storage in f16, arithmetic in f32. Each kernel rounds once, when it stores; what
 * that does to a whole network is measured.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { perSample, precondition, TIME_SCALE } from "../../src/diffusion/edm.js";
import { DtypeError } from "../../src/errors.js";
import { loadModel } from "../../src/io/node-checkpoint.js";
import { UNet2DConditionModel, type UNetConfig } from "../../src/models/unet/index.js";
import { castParameters, initParams, loadParams, parameterCount } from "../../src/nn/index.js";
import { argmax, argmin } from "../../src/ops/arg-max.js";
import { attention } from "../../src/ops/attention.js";
import { avgPool2d } from "../../src/ops/avg-pool.js";
import { add, div, mul } from "../../src/ops/binary.js";
import { randomCategorical } from "../../src/ops/categorical.js";
import { clamp } from "../../src/ops/clamp.js";
import { convTranspose2d } from "../../src/ops/conv-transpose2d.js";
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "../../src/ops/conv2d.js";
import { crossEntropy } from "../../src/ops/cross-entropy.js";
import { cumsum } from "../../src/ops/cumsum.js";
import { scatterAdd } from "../../src/ops/gather.js";
import { geglu } from "../../src/ops/geglu.js";
import { groupNorm, groupNormSilu } from "../../src/ops/group-norm.js";
import { indexAdd } from "../../src/ops/index-select.js";
import { layerNorm } from "../../src/ops/layer-norm.js";
import { logSoftmax } from "../../src/ops/log-softmax.js";
import { logsumexp } from "../../src/ops/logsumexp.js";
import { matmul } from "../../src/ops/matmul.js";
import { max } from "../../src/ops/max.js";
import { mean } from "../../src/ops/mean.js";
import { min } from "../../src/ops/min.js";
import { prod } from "../../src/ops/prod.js";
import { reshape } from "../../src/ops/reshape.js";
import { softmax } from "../../src/ops/softmax.js";
import { argsort, sort, topK } from "../../src/ops/sort.js";
import { sum } from "../../src/ops/sum.js";
import { sumSquares, totalSumSquares } from "../../src/ops/sum-squares.js";
import { gelu, silu } from "../../src/ops/unary.js";
import { upsampleNearest2d } from "../../src/ops/upsample.js";
import { variance } from "../../src/ops/variance.js";
import { full, ones, tensor, zeros } from "../../src/tensor/create.js";
import { roundToHalf } from "../../src/tensor/half.js";
import { Key } from "../../src/tensor/key.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice, testF16 } from "../device.js";
import { values } from "../random.js";
import { condition, sample, shake, twoLevels } from "./small.js";

/** Half the distance between neighbouring halves, relative to them. */
const HALF_STEP = 2 ** -11;

type Case = readonly [name: string, shapes: string, f: (...inputs: Tensor[]) => Tensor];

/** A normalisation's options. */
const affine = (weight?: Tensor, bias?: Tensor) => ({ eps: 1e-5, weight: weight!, bias: bias! });

/** Ops that have slow ancestors first. */
const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  matmul: [
    ["matmul", "33,70 70,41", (a, b) => matmul(a!, b!)],
    ["transposed", "2,17,40 9,40", (a, b) => matmul(a!, b!, { transposeB: true })],
  ],
  conv2d: [
    ["3×3", "2,5,7,9 18,5,3,3 18", (x, w, b) => conv2d(x!, w!, { bias: b, padding: 1 })],
    ["stride 2", "1,4,8,8 6,4,3,3", (x, w) => conv2d(x!, w!, { padding: 1, stride: 2 })],
    ["1×1", "2,8,5,5 3,8,1,1", (x, w) => conv2d(x!, w!)],
  ],
  norms: [
    ["groupNorm", "2,8,4,4 8 8", (x, w, b) => groupNorm(x!, { groups: 2, ...affine(w, b) })],
    ["with silu", "2,6,3,5 6 6", (x, w, b) => groupNormSilu(x!, { groups: 3, ...affine(w, b) })],
    ["layerNorm", "5,24 24 24", (x, w, b) => layerNorm(x!, affine(w, b))],
    ["layerNorm by ones", "3,7 7 7", (x, w, b) => layerNorm(x!, affine(w, b))],
  ],
  "softmax and attention": [
    ["softmax", "6,30", (x) => softmax(x!)],
    ["softmax, many rows", "1100,5", (x) => softmax(x!)],
    [
      "attention",
      "2,9,16 2,5,16 2,5,16 2,5",
      (q, k, v, mask) => attention(q!, k!, v!, { heads: 2, mask }),
    ],
  ],
  reductions: [
    ["sum", "3,50,4", (x) => sum(x!, { axes: 1 })],
    ["sum, by groups", "3,500", (x) => sum(x!, { axes: 1 })],
    ["sum, in chunks", "2,40000", (x) => sum(x!, { axes: 1 })],
    ["mean", "3,50,4", (x) => mean(x!, { axes: [0, 2] })],
    ["mean of everything", "2,40000", (x) => mean(x!)],
    ["max", "3,50,4", (x) => max(x!, { axes: 1 })],
    ["min, in chunks", "1,40000", (x) => min(x!)],
    ["prod", "5,3", (x) => prod(x!, { axes: 1 })],
    ["logsumexp", "3,50,4", (x) => logsumexp(x!, { axes: 1 })],
    ["logsumexp, in chunks", "1,40000", (x) => logsumexp(x!)],
    ["logSoftmax", "6,30", (x) => logSoftmax(x!)],
    ["logSoftmax, many rows", "1100,5", (x) => logSoftmax(x!)],
    ["variance", "3,50", (x) => variance(x!, { axes: 1 })],
    ["avgPool2d", "1,2,4,6", (x) => avgPool2d(x!, 2)],
    ["clamp", "70", (x) => clamp(x!, { min: -0.5, max: 1 })],
  ],
  "geglu, upsample, elementwise": [
    ["geglu", "3,16", (x) => geglu(x!)],
    ["upsample", "1,3,3,5", (x) => upsampleNearest2d(x!)],
    ["silu, gelu, div", "77", (x) => div(silu(x!), add(gelu(x!), 3))],
    ["broadcast by fours", "3,5,8 5,1", (a, b) => mul(a!, b!)],
    ["broadcast by ones", "3,5,7 7", (a, b) => add(a!, b!)],
  ],
};

/** Ops that round on the way as well, and how large what they round there is. */
const ROUNDINGS: Readonly<Record<string, { readonly count: number; readonly size: number }>> = {
  softmax: { count: 2, size: 0 },
  "softmax, many rows": { count: 2, size: 0 },
  attention: { count: 4, size: 2 },
  "silu, gelu, div": { count: 4, size: 0 },
};

/** Inputs that halves hold exactly. */
function inputs(on: Device, shapes: string, dtype: "f16" | "f32"): Tensor[] {
  return shapes.split(" ").map((text, i) => {
    const shape = text.split(",").map(Number);
    return tensor(on, values(40 + i, sizeOf(shape)).map(roundToHalf), shape, { dtype });
  });
}

async function expectRounded(on: Device, [name, shapes, f]: Case): Promise<void> {
  const got = f(...inputs(on, shapes, "f16"));
  const want = f(...inputs(new ReferenceDevice(), shapes, "f32"));
  expect(got.dtype).toBe("f16");
  expect(got.shape).toEqual(want.shape);
  const y = await got.data();
  const { count, size } = ROUNDINGS[name] ?? { count: 1, size: 0 };
  want.reference.data.forEach((v, i) => {
    // Sums of terms of size 1 carry the rounding of f32 as well.
    const bound = count * HALF_STEP * (Math.abs(v) + size) + 2e-5;
    expect(Math.abs(y[i]! - v), `${name}[${i}]`).toBeLessThanOrEqual(bound);
  });
}

for (const kernels of ["fast", "naive"] as const) {
  describe(`kernels in f16 (${kernels})`, () => {
    const device = testDevice({ kernels });
    const groups = Object.entries(GROUPS).slice(0, kernels === "naive" ? 2 : undefined);
    for (const [group, cases] of groups) {
      testF16(`${group}: the f32 result, rounded`, device, async (on) => {
        for (const c of cases) await expectRounded(on, c);
      });
    }

    testF16("sums run in f32: 4096 ones are 4096, where f16 stops at 2048", device, async (on) => {
      const dtype = "f16";
      const row = ones(on, [1, 4096], { dtype });
      expect(await matmul(row, row, { transposeB: true }).item()).toBe(4096);
      const x = ones(on, [1, 4096, 1, 1], { dtype });
      expect(await conv2d(x, ones(on, [1, 4096, 1, 1], { dtype })).item()).toBe(4096);
      expect(await sum(row).item()).toBe(4096);
    });

    testF16("a mean is there where the sum is beyond f16", device, async (on) => {
      const x = full(on, [8, 10_000], 60_000, { dtype: "f16" });
      expect(await sum(x).item()).toBe(Infinity);
      const rows = mean(x, { axes: 1, keepDims: true });
      expect(rows.shape).toEqual([8, 1]);
      const large = roundToHalf(60_000);
      expect(await mean(x).item()).toBe(large);
      expect(await variance(x).item()).toBe(0);
      expect(await avgPool2d(reshape(x, [1, 1, 200, 400]), 4).data()).toEqual(
        new Float32Array(5000).fill(large),
      );
    });
  });
}

describe("what is not there in f16 says so, and names the way on", () => {
  const on = new ReferenceDevice();
  const half = (...shape: number[]) => ones(on, shape, { dtype: "f16" });
  const ids = (...shape: number[]) => zeros(on, shape, { dtype: "u32" });
  const CALLS = {
    argmax: () => argmax(half(3)),
    argmin: () => argmin(half(3)),
    argsort: () => argsort(half(3)),
    sort: () => sort(half(3)),
    topK: () => topK(half(3), 2),
    cumsum: () => cumsum(half(3), { axis: 0 }),
    crossEntropy: () => crossEntropy(half(2, 3), ids(2)),
    conv2dInputGrad: () => conv2dInputGrad(half(1, 1, 2, 2), half(1, 1, 1, 1), [1, 1, 2, 2]),
    conv2dWeightGrad: () => conv2dWeightGrad(half(1, 1, 2, 2), half(1, 1, 2, 2), [1, 1, 1, 1]),
    convTranspose2d: () => convTranspose2d(half(1, 1, 2, 2), half(1, 1, 2, 2)),
    indexAdd: () => indexAdd(half(2, 3), ids(2), { axis: 0, size: 4 }),
    scatterAdd: () => scatterAdd(half(3), ids(3), { axis: 0, size: 4 }),
    randomCategorical: () => randomCategorical(Key.from(1), half(2, 3)),
    sumSquares: () => sumSquares(half(3)),
    totalSumSquares: () => totalSumSquares(half(3)),
  };
  test.each(Object.entries(CALLS))("%s", (name, call) => {
    expect(call).toThrow(DtypeError);
    expect(call).toThrow(/: \w+ is f16, expected .*f32.*\. Convert it with cast\(\w+, "f32"\)\.$/);
    expect(call).toThrow(new RegExp(`^${name}: `));
  });
});

describe("the edges of f16", () => {
  const device = testDevice();

  testF16("squares beyond 65504 do not disturb the norms; a product is ∞", device, async (on) => {
    const x = tensor(on, [-60000, 60000, -60000, 60000], [1, 4], { dtype: "f16" });
    const [w, b] = [1, 0].map((v) => full(on, [4], v, { dtype: "f16" }));
    expect([...(await layerNorm(x, affine(w, b)).data())]).toEqual([-1, 1, -1, 1]);
    const z = groupNorm(x, { groups: 1, ...affine(w, b) });
    expect([...(await z.data())]).toEqual([-1, 1, -1, 1]);
    expect(await matmul(x, x, { transposeB: true }).item()).toBe(Infinity);
  });

  testF16("NaN and infinity come through", device, async (on) => {
    const x = tensor(on, [1, Infinity, Number.NaN, -2], [4, 1], { dtype: "f16" });
    const one = tensor(on, [1], [1, 1], { dtype: "f16" });
    expect([...(await matmul(x, one).data())]).toEqual([1, Infinity, Number.NaN, -2]);
    expect([...(await mul(x, 2).data())]).toEqual([2, Infinity, Number.NaN, -4]);
  });
});

/** √(mean (y − want)²) / √(mean want²) */
async function rmsError(y: Tensor, want: Tensor): Promise<number> {
  const [a, b] = [await y.data(), await want.data()];
  let [error, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    error += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(error / size);
}

const TEACHER = fileURLToPath(
  new URL("../../models/emoji-32/teacher.safetensors", import.meta.url),
);

/** The network of a trained model, and its standard deviation of the data. */
function teacher(on: Device): { unet: UNet2DConditionModel; sigma_data: number } {
  const { tensors, metadata } = loadModel(TEACHER);
  const config = JSON.parse(metadata.model ?? "") as { unet: UNetConfig; sigma_data: number };
  const unet = new UNet2DConditionModel(loadParams(on, tensors, "unet."), config.unet);
  return { unet, sigma_data: config.sigma_data };
}

describe("a UNet in f16", () => {
  const device = testDevice();

  testF16("random weights, all kinds of layer", device, async (on) => {
    const model = new UNet2DConditionModel(initParams(on, Key.from(1)), twoLevels);
    shake(model);
    const run = (): Tensor =>
      model.forward(sample(on, twoLevels), tensor(on, [30, -120]), condition(on, twoLevels));
    const want = run();
    castParameters(model, "f16");
    const got = run();
    expect(got.dtype).toBe("f32");
    const error = await rmsError(got, want);
    // Measured on lavapipe: 1.68e-3.
    expect(error).toBeLessThan(2.5e-3);
  });

  testF16("trained weights, at noise levels from 0.05 to 20", device, async (on) => {
    const { unet, sigma_data } = teacher(on);
    const sigma = [0.05, 0.5, 2.5, 20];
    const { c_in, c_noise } = precondition(sigma, sigma_data);
    const z = sample(on, unet.config, 4);
    const x = mul(mul(z, perSample(z, sigma)), perSample(z, c_in));
    const time = tensor(
      on,
      c_noise.map((c) => TIME_SCALE * c),
    );
    const context = condition(on, unet.config, 4);
    const run = (): Tensor => unet.forward(x, time, context);
    const want = run();
    const before = on.stats.liveBytes;
    castParameters(unet, "f16");
    // Two of the four bytes of nearly every parameter.
    const parameters = parameterCount(unet.parameters().values());
    expect(before - on.stats.liveBytes).toBeGreaterThan(1.99 * parameters);
    const error = await rmsError(run(), want);
    // Measured on lavapipe: 1.3e-3.
    expect(error).toBeLessThan(2e-3);
  });
});
