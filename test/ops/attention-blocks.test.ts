import fc from "fast-check";
import { expect, test } from "vitest";
import { grad, vjp } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import type { GpuDevice } from "../../src/device/device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { attention } from "../../src/ops/attention.js";
import { blockwise } from "../../src/ops/attention-blocks.js";
import { materialised } from "../../src/ops/attention-materialised.js";
import { mul } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { tensor } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose, opSuite } from "../op-suite.js";
import { values } from "../random.js";

interface Attrs {
  readonly heads: number;
  /** Keys from this one on are masked away. */
  readonly visible?: number;
  readonly causal: boolean;
  /** Queries of a block. */
  readonly queries?: number;
}

const of = (b: number, t: number, s: number, c: number, attrs: Attrs) => ({
  inputs: [{ shape: [b, t, c] }, { shape: [b, s, c] }, { shape: [b, s, c] }],
  attrs,
});

function maskOf(device: Device, [b, s]: readonly [number, number], visible: number, low = -1e9) {
  const mask = Float32Array.from({ length: b * s }, (_, i) => (i % s < visible ? 0 : low));
  return tensor(device, mask, [b, s]);
}

const plain = { heads: 1, causal: false };

opSuite("attention, by blocks", {
  apply: ([q, k, v], { visible, ...attrs }) => {
    const b = k!.dim(0);
    const mask = visible === undefined ? undefined : maskOf(q!.device, [b, k!.dim(1)], visible);
    return blockwise({ q: q!, k: k!, v: v!, mask }, attrs);
  },
  arbitrary: fc
    .tuple(
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(1, 3, 4, 5, 8, 17),
      fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      fc.boolean(),
      fc.integer({ min: 1, max: 24 }),
    )
    .map(([b, t, s, heads, d, visible, causal, queries]) =>
      of(
        b,
        t,
        s,
        heads * d,
        visible === undefined ? { heads, causal, queries } : { heads, causal, queries, visible },
      ),
    ),
  edges: [
    of(0, 3, 3, 8, plain),
    of(2, 0, 3, 8, plain),
    of(2, 7, 1, 8, plain),
    of(1, 1, 1, 1, plain),
    of(1, 33, 130, 5, { heads: 5, causal: false, queries: 16 }),
    of(1, 130, 67, 16, { heads: 2, causal: true, queries: 32 }),
    of(1, 67, 130, 64, { heads: 2, causal: true, visible: 100, queries: 33 }),
    of(2, 9, 65, 80, { heads: 2, causal: false, visible: 7 }),
    of(1, 17, 33, 64, plain),
    of(1, 5, 9, 136, plain),
  ],
  gradients: [
    of(1, 2, 3, 4, plain),
    of(2, 3, 2, 6, { heads: 2, causal: true, queries: 2 }),
    of(1, 3, 4, 8, { heads: 2, causal: false, visible: 2, queries: 1 }),
  ],
  runs: 12,
  laws: {
    "scores of ±1e4: values and gradients as with the weights in memory": async (device) => {
      const x = tensor(device, values(1, 9 * 4, -140, 140), [1, 9, 4]);
      const dy = tensor(device, values(2, 9 * 4), [1, 9, 4]);
      const run = (f: typeof blockwise): Tensor[] => {
        const { value, pullback } = vjp((q) => f({ q, k: x, v: x }, plain), x);
        return [value, ...pullback(dy)];
      };
      const [y, dq] = run(blockwise);
      const [want, wantDq] = run(materialised);
      expectClose(await y!.data(), await want!.data(), 1e-4, "y");
      expectClose(await dq!.data(), await wantDq!.data(), 1e-3, "dq");
    },
    "a query whose keys are all masked by −∞ gets 0, with derivative 0": async (device) => {
      const x = tensor(device, values(1, 5 * 8), [1, 5, 8]);
      for (const f of [blockwise, materialised]) {
        const mask = tensor(device, new Float32Array(5).fill(Number.NEGATIVE_INFINITY), [1, 5]);
        const given = (q: Tensor, k: Tensor, v: Tensor) => f({ q, k, v, mask }, plain);
        const { value, pullback } = vjp(given, x, x, x);
        for (const zero of [value, ...pullback(x)]) {
          expect(await zero.data()).toEqual(new Float32Array(5 * 8));
        }
      }
    },
    "a query whose keys are all masked by −1e9 gets the mean of the values, about": async (
      device,
    ) => {
      const q = tensor(device, values(1, 3 * 8, -0.1, 0.1), [1, 3, 8]);
      const v = tensor(device, values(2, 5 * 8), [1, 5, 8]);
      const run = (f: typeof blockwise): Tensor[] => {
        const mask = maskOf(device, [1, 5], 0);
        const { value, pullback } = vjp((u) => f({ q, k: v, v: u, mask }, plain), v);
        return [value, ...pullback(q)];
      };
      const [got, want] = [run(blockwise), run(materialised)];
      for (const i of [0, 1])
        expectClose(await got[i]!.data(), await want[i]!.data(), 1e-5, "y, dv");
    },
    "a causal row sees the keys up to its own": async (device) => {
      const [x, w] = [values(1, 6 * 8), values(2, 6 * 8)];
      const changed = Float32Array.from(x, (v, i) => (i < 4 * 8 ? v : w[i]!));
      const on = (kv: Float32Array): Tensor => {
        const k = tensor(device, kv, [1, 6, 8]);
        const attrs = { heads: 2, causal: true, queries: 4 };
        return blockwise({ q: tensor(device, x, [1, 6, 8]), k, v: k }, attrs);
      };
      const [a, b] = [await on(x).data(), await on(changed).data()];
      expect(a.slice(0, 4 * 8)).toEqual(b.slice(0, 4 * 8));
      expect(a.slice(4 * 8)).not.toEqual(b.slice(4 * 8));
    },
    "second derivatives equal the float64 reference": async (device) => {
      const hessian = (on: Device): Tensor => {
        const make = (seed: number) => tensor(on, values(seed, 3 * 4, -1, 1), [1, 3, 4]);
        const [x, u] = [make(1), make(2)];
        const loss = (q: Tensor) => {
          const attrs = { heads: 2, causal: true, queries: 2 };
          const y = blockwise({ q, k: mul(q, 0.5), v: q }, attrs);
          return sum(mul(y, y));
        };
        return grad((q) => sum(mul(grad(loss)(q)[0]!, u)))(x)[0]!;
      };
      const want = hessian(new ReferenceDevice()).reference.data;
      expectClose(await hessian(device).data(), want, 1e-4, "Hessian times vector");
    },
  },
});

test.each([0, 1, 2])("the derivatives of gradient %i equal central differences", (i) => {
  const mask = (on: Device): Tensor => maskOf(on, [1, 3], 2);
  const gradient = (q: Tensor, k: Tensor, v: Tensor, dy: Tensor): Tensor => {
    const { pullback } = vjp(
      (...x) => blockwise({ q: x[0]!, k: x[1]!, v: x[2]!, mask: mask(q.device) }, attrs),
      ...[q, k, v],
    );
    return pullback(dy)[i]!;
  };
  const attrs = { heads: 2, causal: true, queries: 1 };
  const array = (seed: number, length: number): NdArray =>
    new NdArray([1, length, 4], Float64Array.from(values(seed, length * 4)));
  const report = gradcheck(
    (q, k, v, dy) => gradient(q!, k!, v!, dy!),
    [array(1, 2), array(2, 3), array(3, 3), array(4, 2)],
  );
  expect(report.ok, report.message).toBe(true);
});

const device = testDevice();

test("peak memory grows with the sequence, not with its square", async () => {
  const peak = (length: number): number => {
    using _scope = device().scope();
    const shape = [1, length, 16];
    const x = tensor(device(), values(1, length * 16), shape);
    device().resetPeak();
    const before = device().stats.liveBytes;
    const attrs = { heads: 2, causal: false, queries: 32 };
    vjp((q) => blockwise({ q, k: x, v: x }, attrs), x).pullback(x);
    return device().stats.peakBytes - before;
  };
  const [half, whole] = [peak(256), peak(512)];
  const allWeights = 4 * 2 * 512 ** 2;
  expect(whole).toBeLessThan(2.1 * half);
  expect(whole).toBeLessThan(allWeights / 2);
  await device().synchronize();
});

test("many weights are not held: attention runs by blocks", async () => {
  using _scope = device().scope();
  const shape = [1, 1024, 4];
  const [q, k, v] = [1, 2, 3].map((seed) => tensor(device(), values(seed, 4096), shape));
  device().resetPeak();
  const before = device().stats.liveBytes;
  const y = attention(q!, k!, v!, { heads: 4 });
  expect(device().stats.peakBytes - before).toBeLessThan(0.6 * (2 * 4 * 4 * 1024 ** 2));
  const want = materialised({ q: q!, k: k!, v: v! }, { heads: 4, causal: false });
  expectClose(await y.data(), await want.data(), 1e-5, "y");
});

test.each([1, 5, 8, 16, 32, 40, 64])("heads of %i channels", async (d) => {
  using _scope = device().scope();
  const [t, s] = [35, 33];
  const make = (on: GpuDevice | ReferenceDevice, seed: number, length: number): Tensor =>
    tensor(on, values(seed, length * d), [1, length, d]);
  const run = (on: GpuDevice | ReferenceDevice): Tensor[] => {
    const [q, k, v, dy] = [make(on, 1, t), make(on, 2, s), make(on, 3, s), make(on, 4, t)];
    const { value, pullback } = vjp((...x) => attend(x), q, k, v);
    return [value, ...pullback(dy)];
  };
  const attend = ([q, k, v]: Tensor[]): Tensor =>
    blockwise({ q: q!, k: k!, v: v! }, { heads: 1, causal: true });
  const want = run(new ReferenceDevice());
  for (const [i, x] of run(device()).entries()) {
    expectClose(await x.data(), want[i]!.reference.data, 1e-4, ["y", "dq", "dk", "dv"][i]!);
  }
});
