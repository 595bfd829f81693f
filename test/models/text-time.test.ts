/** SDXL's additive embedding: a pooled text and numbers about the picture. */
import { expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import {
  type Condition,
  UNet2DConditionModel,
  type UNetConfig,
} from "../../src/models/unet/index.js";
import { initParams, valueAndGradOf } from "../../src/nn/index.js";
import { mul } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { tensor } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import type { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";
import { condition, micro, sample, shake } from "./small.js";

const device = testDevice();

/** Three numbers of the pooled text, and two time ids of four numbers each. */
const config: UNetConfig = {
  ...micro,
  class_embed_type: null,
  addition_embed_type: "text_time",
  addition_time_embed_dim: 4,
  projection_class_embeddings_input_dim: 11,
};
const IDS = [1024, 7, 256, 0];

function build(on: Device): UNet2DConditionModel {
  const model = new UNet2DConditionModel(initParams(on, Key.from(1)), config);
  shake(model);
  return model;
}

function inputs(on: Device, ids = IDS): Condition {
  const pooled = tensor(on, values(72, 6), [2, 3]);
  return { ...condition(on, config), pooled, time_ids: tensor(on, ids, [2, ids.length / 2]) };
}

const run = (model: UNet2DConditionModel, on: Device, c = inputs(on)): Tensor =>
  model.forward(sample(on, config), tensor(on, [30, -12]), c);

test("kernels compute what the float64 reference computes", async () => {
  using _scope = device().scope();
  const host = new ReferenceDevice();
  const want = run(build(host), host).reference.data;
  const got = await run(build(device()), device()).data();
  want.forEach((v, i) => {
    expect(got[i], `element ${i}`).toBeCloseTo(v, 3);
  });
});

test("the MLP sees pooled, then cosines and sines of each time id", async () => {
  const host = new ReferenceDevice();
  const model = build(host);
  const seen: NdArray[] = [];
  const add = model.add_embedding!;
  const forward = add.forward.bind(add);
  add.forward = (x) => {
    seen.push(x.reference);
    return forward(x);
  };
  run(model, host);
  const pooled = values(72, 6);
  const waves = (id: number): number[] => {
    // Frequencies exp(−ln 10000 · i / 2): 1 and 1/100.
    const angles = [id, id / 100];
    return [...angles.map(Math.cos), ...angles.map(Math.sin)];
  };
  const want = [0, 1].flatMap((n) => [
    ...pooled.slice(3 * n, 3 * n + 3),
    ...waves(IDS[2 * n]!),
    ...waves(IDS[2 * n + 1]!),
  ]);
  expect(seen[0]?.shape).toEqual([2, 11]);
  seen[0]?.data.forEach((v, i) => {
    expect(v).toBeCloseTo(want[i]!, 5);
  });
});

test("time ids matter, and gradients reach the MLP", () => {
  const host = new ReferenceDevice();
  const model = build(host);
  const [a, b] = [IDS, [1024, 7, 257, 0]].map((ids) => run(model, host, inputs(host, ids)));
  expect([...a!.reference.data]).not.toEqual([...b!.reference.data]);
  const { grads } = valueAndGradOf(model.parameters(), () => {
    const y = run(model, host);
    return sum(mul(y, y));
  });
  for (const layer of ["linear_1", "linear_2"]) {
    const grad = grads.get(`add_embedding.${layer}.weight`);
    expect(grad?.reference.data.some((v) => v !== 0)).toBe(true);
  }
});

test("without time ids, or with too many, it says what it reads", () => {
  const host = new ReferenceDevice();
  const model = build(host);
  const { time_ids: _, ...without } = inputs(host);
  expect(() => run(model, host, without)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: UNet: text_time reads 11 numbers, those of pooled and 4 for each time id; pooled is [2, 3], time_ids missing. Give condition.time_ids, a row for each sample, of the config's widths.]`,
  );
  expect(() => run(model, host, inputs(host, [1, 2, 3, 4, 5, 6]))).toThrow(
    /time_ids \[2, 3\]\. Give condition\.time_ids/,
  );
});
