import fc from "fast-check";
import { expect, test } from "vitest";
import { vjp } from "../../src/autograd/grad.js";
import type { Device } from "../../src/device/types.js";
import { materialised, materialisedGradients } from "../../src/ops/attention-materialised.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose, type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

interface Attrs {
  readonly heads: number;
  readonly causal: boolean;
  /** Of the keys, so many are seen. */
  readonly seen: number;
}

const of = (b: number, t: number, s: number, d: number, attrs: Attrs): OpCase<Attrs> => {
  const c = attrs.heads * d;
  return { inputs: [{ shape: [b, t, c] }, { shape: [b, s, c] }, { shape: [b, s, c] }], attrs };
};

function maskOf(device: Device, [b, s]: readonly [number, number], seen: number): Tensor {
  const mask = Float32Array.from({ length: b * s }, (_, i) => (i % s < seen ? 0 : -1e9));
  return tensor(device, mask, [b, s]);
}

opSuite("attention, weights in memory", {
  apply: ([q, k, v], { seen, ...attrs }) => {
    const mask = maskOf(k!.device, [k!.dim(0), k!.dim(1)], seen);
    return materialised({ q: q!, k: k!, v: v!, mask }, attrs);
  },
  arbitrary: fc
    .record({
      b: fc.integer({ min: 1, max: 2 }),
      t: fc.integer({ min: 1, max: 9 }),
      s: fc.integer({ min: 1, max: 9 }),
      d: fc.integer({ min: 1, max: 5 }),
      heads: fc.integer({ min: 1, max: 3 }),
      causal: fc.boolean(),
    })
    .chain(({ b, t, s, d, heads, causal }) =>
      fc.integer({ min: 1, max: s }).map((seen) => of(b, t, s, d, { heads, causal, seen })),
    ),
  edges: [
    of(1, 1, 1, 1, { heads: 1, causal: false, seen: 1 }),
    of(2, 35, 67, 8, { heads: 2, causal: true, seen: 40 }),
    of(1, 5, 300, 4, { heads: 1, causal: false, seen: 299 }),
  ],
  kernels: ["fast", "naive"],
  runs: 12,
});

const device = testDevice();

test("its gradients are the cotangents of the tape, each made when it is asked for", async () => {
  using _scope = device().scope();
  const make = (seed: number, length: number): Tensor =>
    tensor(device(), values(seed, 2 * length * 6), [2, length, 6]);
  const [q, k, v, dy] = [make(1, 4), make(2, 5), make(3, 5), make(4, 4)];
  const attrs = { heads: 3, causal: true };
  const taped = vjp(
    (...x) => materialised({ q: x[0]!, k: x[1]!, v: x[2]! }, attrs),
    ...[q, k, v],
  ).pullback(dy);
  const asked = materialisedGradients({ q, k, v, dy }, attrs);
  for (const [i, name] of (["dq", "dk", "dv"] as const).entries()) {
    expectClose(await asked[name]().data(), await taped[i]!.data(), 1e-6, name);
  }
  const before = device().stats.dispatches;
  materialisedGradients({ q, k, v, dy }, attrs);
  const weightsOnly = device().stats.dispatches - before;
  expect(weightsOnly).toBe(2);
});
