import { describe, expect, test } from "vitest";
import { grad, gradcheck, hvp, jvp, vjp } from "../../src/autograd/index.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { add, div, mul } from "../../src/ops/binary.js";
import { matmul } from "../../src/ops/matmul.js";
import { softmax } from "../../src/ops/softmax.js";
import { sum } from "../../src/ops/sum.js";
import { exp, sin, square, tanh } from "../../src/ops/unary.js";
import { full, ones, tensor } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

const gpu = testDevice();
const reference = new ReferenceDevice();
const devices: readonly (readonly [string, () => Device])[] = [
  ["GPU", gpu],
  ["reference", () => reference],
];
const read = async (x: Tensor | undefined): Promise<number[]> => [...(await x!.data())];

/** [3, 4], [4, 2] → [3, 2] */
const program = (a: Tensor, b: Tensor): Tensor =>
  softmax(mul(matmul(tanh(a), b), sin(matmul(a, b))));
const arrays = (seed: number): NdArray[] => [
  new NdArray([3, 4], Float64Array.from(values(seed, 12))),
  new NdArray([4, 2], Float64Array.from(values(seed + 1, 8))),
];
const on = (device: Device, list: readonly NdArray[]): Tensor[] =>
  list.map((x) => tensor(device, x.data, x.shape));

describe.each(devices)("jvp on the %s device", (_, device) => {
  test("of x³ along v is 3x² v", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, -2, 3]);
    const cube = (t: Tensor): Tensor => mul(mul(t, t), t);
    const { value, tangent } = jvp(cube, [x], [tensor(device(), [1, 10, 100])]);
    expect(await read(value)).toEqual([1, -8, 27]);
    expect(await read(tangent)).toEqual([3, 120, 2700]);
    expect(value.tape).toBeUndefined();
    expect(tangent.tape).toBeUndefined();
  });

  test("is the derivative along a line: the shape changes, inputs add up, one is not used", async () => {
    using _scope = device().scope();
    const [x, y] = [tensor(device(), [1, 2, 3]), tensor(device(), [4])];
    const f = (a: Tensor, b: Tensor): Tensor => mul(sum(square(a)), b);
    const { tangent } = jvp(f, [x, y, x], [x, ones(device(), [1]), x]);
    expect(tangent.shape).toEqual([1]);
    expect(await read(tangent)).toEqual([2 * 14 * 4 + 14]);
    const constant = jvp(() => y, [x], [x]);
    expect(await read(constant.tangent)).toEqual([0]);
  });

  test("⟨u, J v⟩ = ⟨Jᵀ u, v⟩", async () => {
    using _scope = device().scope();
    const [xs, vs] = [on(device(), arrays(1)), on(device(), arrays(3))];
    const u = tensor(device(), values(9, 6), [3, 2]);
    const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));
    const left = dot(u, jvp(program, xs, vs).tangent);
    const pulled = vjp(program, ...xs).pullback(u);
    const right = add(dot(pulled[0]!, vs[0]!), dot(pulled[1]!, vs[1]!));
    expect(await left.item()).toBeCloseTo(await right.item(), 4);
  });

  test("nothing stays alive but value and tangent", () => {
    const before = device().stats.liveBuffers;
    {
      using _scope = device().scope();
      const xs = on(device(), arrays(1));
      const { value, tangent } = jvp(program, xs, xs);
      expect(device().stats.liveBuffers - before).toBe(4);
      value.dispose();
      tangent.dispose();
      const [a] = hvp((...ys) => sum(square(program(ys[0]!, ys[1]!))), xs, xs);
      expect(a!.tape).toBeUndefined();
      expect(device().stats.liveBuffers - before).toBe(4);
    }
    expect(device().stats.liveBuffers).toBe(before);
  });
});

describe("jvp and hvp, in float64", () => {
  test("J v equals differences along v", () => {
    using _scope = reference.scope();
    const [xs, vs] = [arrays(1), arrays(3)];
    const { tangent } = jvp(program, on(reference, xs), on(reference, vs));
    const at = (h: number): Float64Array => {
      const moved = xs.map((x, k) => x.map((v, i) => v + h * vs[k]!.flat(i)));
      const [a, b] = on(reference, moved);
      return program(a!, b!).reference.data;
    };
    const [ahead, behind] = [at(1e-5), at(-1e-5)];
    const want = ahead.map((v, i) => (v - behind[i]!) / 2e-5);
    expectClose(tangent.reference.data, want, 1e-8, "J v");
  });

  test("jvp can be differentiated, by its input and by its direction", () => {
    const [a, b] = arrays(1);
    const [v, w] = arrays(3);
    const along = (...t: Tensor[]): Tensor => jvp(program, t.slice(0, 2), t.slice(2)).tangent;
    const report = gradcheck(along, [a!, b!, v!, w!]);
    expect(report.ok, report.message).toBe(true);
    const nested = (t: Tensor, d: Tensor): Tensor =>
      jvp((u) => jvp((s) => exp(sin(s)), [u], [d]).tangent, [t], [d]).tangent;
    const second = gradcheck(nested, [a!, v!]);
    expect(second.ok, second.message).toBe(true);
  });

  test("jvp of a gradient is the Hessian times v, and so is hvp", () => {
    using _scope = reference.scope();
    const f = (a: Tensor, b: Tensor): Tensor => sum(square(program(a, b)));
    const [xs, vs] = [on(reference, arrays(1)), on(reference, arrays(3))];
    const products = hvp((a, b) => f(a!, b!), xs, vs);
    for (const i of [0, 1]) {
      const { tangent } = jvp((a, b) => grad(f)(a!, b!)[i]!, xs, vs);
      expectClose(products[i]!.reference.data, tangent.reference.data, 1e-12, `input ${i}`);
    }
  });

  test("hvp equals differences of the gradient, and can be differentiated", () => {
    const f = (a: Tensor, b: Tensor): Tensor => sum(square(program(a, b)));
    const [a, b] = arrays(1);
    const [v, w] = arrays(3);
    using _scope = reference.scope();
    const products = hvp((x, y) => f(x!, y!), on(reference, [a!, b!]), on(reference, [v!, w!]));
    const at = (h: number): Float64Array[] => {
      const moved = [a!.map((x, i) => x + h * v!.flat(i)), b!.map((x, i) => x + h * w!.flat(i))];
      return grad((x, y) => f(x!, y!))(...on(reference, moved)).map((g) => g.reference.data);
    };
    const [ahead, behind] = [at(1e-5), at(-1e-5)];
    products.forEach((product, i) => {
      const want = ahead[i]!.map((x, j) => (x - behind[i]![j]!) / 2e-5);
      expectClose(product.reference.data, want, 1e-7, `H v, input ${i}`);
    });
    const curved = (x: Tensor, d: Tensor): Tensor =>
      hvp((t) => sum(div(square(t), add(exp(t), 1))), [x], [d])[0]!;
    const report = gradcheck(curved, [a!, v!]);
    expect(report.ok, report.message).toBe(true);
  });

  test("where inputs share one gradient, the product adds their directions", async () => {
    for (const [name, device] of devices) {
      using _scope = device().scope();
      // Σ (a + b)³: both gradients are one tensor, and both products 6 (a + b) (v + w).
      const f = (a: Tensor, b: Tensor): Tensor => {
        const s = add(a, b);
        return sum(mul(mul(s, s), s));
      };
      const make = (...xs: number[]): Tensor => tensor(device(), xs);
      const products = hvp(
        (a, b) => f(a!, b!),
        [make(1, 2), make(-3, 0.5)],
        [make(1, 10), make(100, 1)],
      );
      for (const product of products) {
        expectClose(await read(product), [-12 * 101, 15 * 11], 1e-6, name);
      }
    }
  });

  test("a pullback is differentiable by its cotangent: the derivative of Jᵀ u is J", () => {
    const [a] = arrays(1);
    const { pullback } = vjp((t) => softmax(t), tensor(reference, a!.data, a!.shape));
    const report = gradcheck(
      (u) => {
        const inner = vjp((t) => softmax(t), tensor(u.device, a!.data, a!.shape));
        return inner.pullback(u)[0]!;
      },
      [a!],
    );
    expect(report.ok, report.message).toBe(true);
    expect(pullback(ones(reference, [3, 4]))[0]!.tape).toBeUndefined();
  });
});

test("hvp where two inputs have one gradient between them", () => {
  using _scope = reference.scope();
  const [x, y, u, v] = [1, 2, 3, 5].map((value) => full(reference, [2], value));
  // f = Σ (x + y)³, so every block of H is 6 (x + y) on its diagonal.
  const f = (a: Tensor, b: Tensor): Tensor => {
    const c = add(a, b);
    return sum(mul(c, square(c)));
  };
  for (const product of hvp((a, b) => f(a!, b!), [x!, y!], [u!, v!])) {
    expect([...product.reference.data]).toEqual([144, 144]);
  }
});

test("errors", () => {
  using _scope = reference.scope();
  const [x, y] = [ones(reference, [2]), ones(reference, [3])];
  expect(() => jvp(sin, [x], [y])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: jvp: input 0 is [2], its direction [3]. Give a direction of the input's shape.]`,
  );
  expect(() => jvp(sin, [x], [])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: jvp: 1 inputs and 0 directions were given. Give one direction for each input.]`,
  );
  expect(() => jvp(() => x, [], [])).toThrowErrorMatchingInlineSnapshot(
    `[GradientError: jvp: no tensor was given to differentiate with respect to. Give at least one.]`,
  );
  expect(() => hvp(sin, [x], [x])).toThrowErrorMatchingInlineSnapshot(
    `[GradientError: grad: the function returned [2], not one value. Reduce it with sum or mean, or use vjp.]`,
  );
  expect(() => hvp(sin, [x, y], [x])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: hvp: 2 inputs and 1 directions were given. Give one direction for each input.]`,
  );
  expect(() => vjp(sin, x).pullback(y)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: vjp: the cotangent is [3], the function's value [2]. Give a cotangent of the value's shape.]`,
  );
});
