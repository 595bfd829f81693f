/**
 * Ops whose threads join their values, on the adapter of the tests: as a processor, where a workgroup is one
 * subgroup, and as a GPU, where 64 threads meet at barriers.
 */
import { describe, expect, test } from "vitest";
import { vjp } from "../../src/autograd/grad.js";
import { GpuDevice } from "../../src/device/device.js";
import { joinsInSubgroup } from "../../src/device/groups.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import * as ops from "../../src/ops/index.js";
import { tensor } from "../../src/tensor/create.js";
import { type Shape, sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

const device = testDevice();

type Unary = (x: Tensor) => Tensor;

/** Ones of the length of an axis, less something that differs. */
const weights = (x: Tensor, axis: number): Tensor =>
  tensor(x.device, values(5, x.dim(axis), 0.5, 1.5), [x.dim(axis)]);

const OPS: Readonly<Record<string, Unary>> = {
  sum: (x) => ops.sum(x, { axes: -1 }),
  "sum of all": (x) => ops.sum(x),
  max: (x) => ops.max(x, { axes: -1 }),
  prod: (x) => ops.prod(x, { axes: -1 }),
  variance: (x) => ops.variance(x, { axes: -1 }),
  softmax: (x) => ops.softmax(x),
  logSoftmax: (x) => ops.logSoftmax(x),
  logsumexp: (x) => ops.logsumexp(x, { axes: -1 }),
  sumSquares: (x) => ops.sumSquares(x),
  layerNorm: (x) => ops.layerNorm(x, { eps: 1e-5, weight: weights(x, -1), bias: weights(x, -1) }),
  rmsNorm: (x) => ops.rmsNorm(x, { eps: 1e-5, weight: weights(x, -1) }),
};
const PICTURES: Readonly<Record<string, Unary>> = {
  groupNorm: (x) =>
    ops.groupNorm(x, { groups: 2, eps: 1e-5, weight: weights(x, 1), bias: weights(x, 1) }),
  groupNormSilu: (x) =>
    ops.groupNormSilu(x, { groups: 2, eps: 1e-5, weight: weights(x, 1), bias: weights(x, 1) }),
  "sum of channels": (x) => ops.sum(x, { axes: [0, 2, 3] }),
};

/** f(x), and the gradient of x for a random cotangent. */
function both(on: Device, f: Unary, shape: Shape): readonly [Tensor, Tensor] {
  const x = tensor(on, values(1, sizeOf(shape), -1.5, 1.5), shape);
  const { value, pullback } = vjp(f, x);
  const [dx] = pullback(tensor(on, values(2, value.size), value.shape));
  return [value, dx!];
}

async function expectSame(on: GpuDevice, f: Unary, shape: Shape): Promise<void> {
  using _scope = on.scope();
  const reference = new ReferenceDevice();
  using _other = reference.scope();
  const want = both(reference, f, shape);
  for (const [i, got] of both(on, f, shape).entries()) {
    expectClose(await got.data(), want[i]!.reference.data, i ? 1e-4 : 2e-5, i ? "dx" : "y");
  }
}

describe.each([true, false])("on a processor: %s", (software) => {
  let made: GpuDevice | undefined;
  const on = (): GpuDevice => {
    const { gpu, subgroupSize } = device();
    made ??= new GpuDevice(gpu, { software, subgroupSize });
    return made;
  };

  test("threads join in a subgroup there, where its size is known", () => {
    expect(joinsInSubgroup(on())).toBe(software && device().subgroupSize !== undefined);
  });

  // A thread to each row; threads that share one, by fours and by ones; chunks of a row.
  test.each(Object.keys(OPS))("%s", async (name) => {
    for (const shape of [
      [3, 5],
      [2, 260],
      [3, 257],
      [1, 4100],
    ]) {
      await expectSame(on(), OPS[name]!, shape);
    }
    expect(on().stats.liveBuffers).toBe(0);
  });

  test.each(Object.keys(PICTURES))("%s", async (name) => {
    for (const shape of [
      [2, 4, 3, 3],
      [2, 6, 8, 8],
      [1, 4, 17, 16],
    ]) {
      await expectSame(on(), PICTURES[name]!, shape);
    }
    expect(on().stats.liveBuffers).toBe(0);
  });
});
