import { describe, expect, test } from "vitest";
import { broadcastTo, sumTo } from "../../src/autograd/cotangent.js";
import { defineOp } from "../../src/autograd/define-op.js";
import { grad, stopGradient, valueAndGrad, vjp } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { add, div, mul, sub } from "../../src/ops/binary.js";
import { mean } from "../../src/ops/mean.js";
import { reshape } from "../../src/ops/reshape.js";
import { softmax } from "../../src/ops/softmax.js";
import { sum } from "../../src/ops/sum.js";
import { exp, sin, square } from "../../src/ops/unary.js";
import { ones, scalar, tensor } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";

const gpu = testDevice();
const reference = new ReferenceDevice();
const devices: readonly (readonly [string, () => Device])[] = [
  ["GPU", gpu],
  ["reference", () => reference],
];

const read = async (x: Tensor | undefined): Promise<number[]> => [...(await x!.data())];
const cube = (x: Tensor): Tensor => mul(mul(x, x), x);

test("errors of the linear maps and of ops without inputs", () => {
  const x = ones(reference, [2, 3]);
  expect(() => sumTo(x, [2, 3, 4])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: sumTo: [2, 3, 4] does not broadcast to [2, 3] (24 and 6 elements). Sizes aligned at the right must be equal, or 1 in the smaller shape.]`,
  );
  expect(() => sumTo(ones(reference, [1, 3]), [2, 3])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: sumTo: [2, 3] does not broadcast to [1, 3] (6 and 3 elements). Sizes aligned at the right must be equal, or 1 in the smaller shape.]`,
  );
  expect(() => broadcastTo(x, [1, 3])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: broadcastTo: [2, 3] does not broadcast to [1, 3] (6 and 3 elements). Sizes aligned at the right must be equal, or 1 in the smaller shape.]`,
  );
  const nothing = defineOp({
    name: "nothing",
    inputs: [],
    optional: ["x"],
    infer: () => [],
    gpu: () => {},
    reference: () => new NdArray([]),
  });
  expect(() => nothing({}, {})).toThrowErrorMatchingInlineSnapshot(
    `[DeviceError: nothing: no input tensor was given. Give at least one.]`,
  );
  const other = ones(new ReferenceDevice(), [3]);
  expect(() => add(x, other)).toThrowErrorMatchingInlineSnapshot(
    `[DeviceError: add: inputs are on different devices (float64 reference, float64 reference). Make all of them on one device.]`,
  );
});

describe.each(devices)("derivatives on the %s device", (_, device) => {
  test("a shared sub-expression counts each time it is used", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3]);
    const f = (t: Tensor): Tensor => {
      const y = mul(t, t);
      return sum(add(mul(y, y), y));
    };
    // d(x⁴ + x²) = 4x³ + 2x
    expect(await read(grad(f)(x)[0])).toEqual([6, 36, 114]);
  });

  test("one tensor as two inputs gets both derivatives", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [2, 3]);
    const [a, b] = grad((p, q) => sum(mul(p, mul(q, q))))(x, x);
    expect(await read(a)).toEqual([4, 9]);
    expect(await read(b)).toEqual([8, 18]);
  });

  test("inputs that the value does not use get zeros", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2]);
    const unused = ones(device(), [3, 2]);
    const [dx, du] = grad((a) => sum(square(a)))(x, unused);
    expect(await read(dx)).toEqual([2, 4]);
    expect(du!.shape).toEqual([3, 2]);
    expect(await read(du)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await read(grad(() => scalar(device(), 3))(x)[0])).toEqual([0, 0]);
  });

  test("derivatives are taken of the inputs alone", async () => {
    using _scope = device().scope();
    const frozen = tensor(device(), [5, 7]);
    const x = tensor(device(), [1, 2]);
    const grads = grad((a) => sum(mul(a, frozen)))(x);
    expect(grads).toHaveLength(1);
    expect(await read(grads[0])).toEqual([5, 7]);
    expect(frozen.tape).toBeUndefined();
    expect(x.tape).toBeUndefined();
  });

  test("stopGradient is the identity without a past", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3]);
    expect(await read(grad((t) => sum(mul(t, stopGradient(t))))(x)[0])).toEqual([1, 2, 3]);
    expect(await read(grad((t) => sum(stopGradient(square(t))))(x)[0])).toEqual([0, 0, 0]);
  });

  test("valueAndGrad gives the value, the gradients and what was logged", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3]);
    const { value, grads, aux } = valueAndGrad((t) => {
      const y = square(t);
      return { loss: mean(y), aux: { largest: y, nested: [add(t, 1)], name: "square" } };
    })(x);
    expect(await value.item()).toBeCloseTo(14 / 3, 5);
    expect(value.tape).toBeUndefined();
    const got = await read(grads[0]);
    for (const [i, v] of got.entries()) expect(v).toBeCloseTo((2 / 3) * (i + 1), 6);
    expect(await read(aux!.largest)).toEqual([1, 4, 9]);
    expect(await read(aux!.nested[0])).toEqual([2, 3, 4]);
    expect(aux!.name).toBe("square");
  });

  test("the derivative of the derivative: x³ → 3x² → 6x → 6", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, -2, 3]);
    const once = (t: Tensor): Tensor => grad((u) => sum(cube(u)))(t)[0]!;
    const twice = (t: Tensor): Tensor => grad((u) => sum(once(u)))(t)[0]!;
    const thrice = (t: Tensor): Tensor => grad((u) => sum(twice(u)))(t)[0]!;
    expect(await read(once(x))).toEqual([3, 12, 27]);
    expect(await read(twice(x))).toEqual([6, -12, 18]);
    expect(await read(thrice(x))).toEqual([6, 6, 6]);
  });

  test("a penalty on a gradient: the inner derivative is part of the loss", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2]);
    const w = tensor(device(), [3, 4]);
    // d/dw Σ (d/dx Σ w x²)² = d/dw Σ 4 w² x² = 8 w x²
    const [dw] = grad((v) => sum(square(grad((u) => sum(mul(v, square(u))))(x)[0]!)))(w);
    expect(await read(dw)).toEqual([24, 128]);
  });

  test("broadcasting is undone by sums", async () => {
    using _scope = device().scope();
    const x = ones(device(), [4, 3]);
    const row = tensor(device(), [1, 2, 3]);
    const column = tensor(device(), [1, 2, 3, 4], [4, 1]);
    const f = (a: Tensor, b: Tensor, c: Tensor): Tensor => sum(mul(add(a, b), c));
    const [dx, db, dc] = grad(f)(x, row, column);
    expect(dx!.shape).toEqual([4, 3]);
    expect(await read(db)).toEqual([10, 10, 10]);
    expect(dc!.shape).toEqual([4, 1]);
    expect(await read(dc)).toEqual([9, 9, 9, 9]);
  });

  test("vjp: a pullback can be used more than once, and is linear", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [0.5, -1, 2, 0.1], [2, 2]);
    const { value, pullback } = vjp((t) => softmax(t), x);
    expect(value.shape).toEqual([2, 2]);
    const v = tensor(device(), [1, 2, -1, 3], [2, 2]);
    const [once] = pullback(v);
    const [twice] = pullback(mul(v, 2));
    const doubled = await read(mul(once!, 2));
    for (const [i, g] of (await read(twice)).entries()) expect(g).toBeCloseTo(doubled[i]!, 6);
  });

  test("views are differentiated through", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3, 4], [2, 2]);
    const weights = tensor(device(), [1, 10, 100, 1000]);
    const [dx] = grad((t) => sum(mul(reshape(t, [4]), weights)))(x);
    expect(dx!.shape).toEqual([2, 2]);
    expect(await read(dx)).toEqual([1, 10, 100, 1000]);
  });

  test("nothing stays alive but what was asked for, also in nested derivatives", () => {
    const before = device().stats.liveBuffers;
    {
      using _scope = device().scope();
      const x = tensor(device(), [1, 2, 3]);
      const { value, grads } = valueAndGrad((t) => mean(exp(sin(mul(t, t)))))(x);
      expect(device().stats.liveBuffers - before).toBe(3);
      value.dispose();
      grads[0]!.dispose();
      expect(device().stats.liveBuffers - before).toBe(1);
      grad((t) => sum(grad((u) => sum(cube(u)))(t)[0]!))(x);
      expect(device().stats.liveBuffers - before).toBe(2);
    }
    expect(device().stats.liveBuffers).toBe(before);
  });

  test("nothing stays alive when the function throws", () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3]);
    const before = device().stats.liveBuffers;
    const failing = (t: Tensor): Tensor => {
      square(t);
      throw new Error("stop");
    };
    expect(() => grad(failing)(x)).toThrow("stop");
    expect(device().stats.liveBuffers).toBe(before);
  });

  test("errors", () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2]);
    expect(() => grad((t) => square(t))(x)).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: grad: the function returned [2], not one value. Reduce it with sum or mean, or use vjp.]`,
    );
    expect(() => grad(() => sum(x))()).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: grad: no tensor was given to differentiate with respect to. Give at least one.]`,
    );
    expect(() => grad((t) => sum(round({ x: t }, {})))(x)).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: round: this op has no derivative. Put stopGradient around it, or differentiate with respect to something that does not pass through it.]`,
    );
    const call = () => grad((a, b) => sum(half({ a, b }, {})))(x, x);
    expect(call).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: half: the derivative with respect to b is not defined. Put stopGradient around b.]`,
    );
    expect(() => grad((a) => sum(half({ a, b: x }, {})))(x)).not.toThrow();
  });
});

/** An op without a derivative. */
const round = defineOp({
  name: "round",
  inputs: ["x"],
  infer: ({ x }) => x.shape,
  gpu: () => {},
  reference: ({ x }) => x.map(Math.round),
});

/** An op whose derivative with respect to b is missing. */
const half = defineOp({
  name: "half",
  inputs: ["a", "b"],
  infer: ({ a }) => a.shape,
  gpu: () => {},
  reference: ({ a }) => a.map((v) => v / 2),
  vjp: (_, dy) => ({ a: () => mul(dy, 0.5) }),
});

describe("the tape", () => {
  test("derivatives nobody asked for are not computed", () => {
    const device = gpu();
    using _scope = device.scope();
    const x = tensor(device, [1, 2]);
    const w = tensor(device, [3, 4]);
    const dispatches = (f: () => void): number => {
      const before = device.stats.dispatches;
      f();
      return device.stats.dispatches - before;
    };
    const both = dispatches(() => grad((a, b) => sum(mul(a, b)))(x, w));
    const one = dispatches(() => grad((a) => sum(mul(a, w)))(x));
    expect(both - one).toBe(1);
  });

  test("a chain of 20 000 ops does not overflow the stack", async () => {
    const device = new ReferenceDevice();
    using _scope = device.scope();
    const x = scalar(device, 1);
    const [dx] = grad((t) => {
      let y = t;
      for (let i = 0; i < 20_000; i++) y = add(y, 1e-3);
      return y;
    })(x);
    expect(await dx!.item()).toBe(1);
  });

  test("a ladder of shared steps is walked once a step, not once a path", async () => {
    const device = new ReferenceDevice();
    using _scope = device.scope();
    const [dx] = grad((t) => {
      let y = t;
      for (let i = 0; i < 60; i++) y = add(y, y);
      return y;
    })(scalar(device, 1));
    expect(await dx!.item()).toBe(2 ** 60);
  });

  test("quotients: (f/g)′ = (f′g − fg′)/g²", async () => {
    const device = new ReferenceDevice();
    using _scope = device.scope();
    const x = scalar(device, 0.7);
    const [dx] = grad((t) => div(sin(t), sub(exp(t), 3)))(x);
    const g = Math.exp(0.7) - 3;
    const want = (Math.cos(0.7) * g - Math.sin(0.7) * Math.exp(0.7)) / g ** 2;
    expect(await dx!.item()).toBeCloseTo(want, 14);
  });
});
