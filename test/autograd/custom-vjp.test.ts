import { describe, expect, test } from "vitest";
import { customVjp, grad, gradcheck, hvp } from "../../src/autograd/index.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { add, maximum, minimum, mul } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { exp, log, sigmoid, square } from "../../src/ops/unary.js";
import { ones, tensor } from "../../src/tensor/create.js";
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

/** ln(1 + eˣ), whose derivative by parts is 0 · ∞ far out: σ(x) is not. */
const softplus = customVjp({
  name: "steadySoftplus",
  forward: (x) => log(add(exp(x!), 1)),
  backward: (dy, { inputs: [x] }) => [() => mul(dy, sigmoid(x!))],
});

/** a · b, a of a shape that broadcasts. */
const product = customVjp({
  name: "product",
  forward: (a, b) => mul(a!, b!),
  backward: (dy, { inputs: [a, b] }) => [() => mul(dy, b!), () => mul(dy, a!)],
});

/** The identity, whose gradient is kept within ±1. */
const limited = customVjp({
  name: "limited",
  forward: (x) => x!,
  backward: (dy) => [() => maximum(minimum(dy, 1), -1)],
});

/** eˣ by its value. */
const expByValue = customVjp({
  name: "expByValue",
  forward: (x) => exp(x!),
  backward: (dy, { value }) => [() => mul(dy, value)],
});

describe.each(devices)("customVjp on the %s device", (_, device) => {
  test("gives the value of forward and the derivative of backward", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [0, 1000]);
    const [dx] = grad((t) => sum(softplus(t)))(x);
    expect(await read(dx)).toEqual([0.5, 1]);
    const [bounded] = grad((t) => sum(mul(limited(t), 7)))(x);
    expect(await read(bounded)).toEqual([1, 1]);
    expect(await read(limited(x))).toEqual([0, 1000]);
  });

  test("sums a cotangent that was broadcast down to its input", async () => {
    using _scope = device().scope();
    const [a, b] = [tensor(device(), [1, 2, 3]), ones(device(), [2, 3])];
    const [da, db] = grad((s, t) => sum(product(s!, t!)))(a, b);
    expect(await read(da)).toEqual([2, 2, 2]);
    expect(await read(db)).toEqual([1, 2, 3, 1, 2, 3]);
  });

  test("calls no thunk for what is frozen, and none at all without a derivative", () => {
    using _scope = device().scope();
    const called: string[] = [];
    const spy = customVjp({
      name: "spy",
      forward: (a, b) => mul(a!, b!),
      backward: (dy) =>
        ["a", "b"].map((name) => () => {
          called.push(name);
          return dy;
        }),
    });
    const x = tensor(device(), [1, 2]);
    expect(spy(x, x).tape).toBeUndefined();
    grad((a) => sum(spy(a, x)))(x);
    expect(called).toEqual(["a"]);
  });

  test("frees what forward made", () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2]);
    const before = device().stats.liveBuffers;
    const y = softplus(x);
    expect(device().stats.liveBuffers - before).toBe(1);
    grad((t) => sum(softplus(t)))(x)[0]!.dispose();
    expect(device().stats.liveBuffers - before).toBe(1);
    y.dispose();
  });
});

describe("customVjp, in float64", () => {
  const x = new NdArray([3], Float64Array.of(0.3, -1.2, 0.8));

  test("can be differentiated to any order, by inputs and by the value", () => {
    for (const f of [softplus, expByValue]) {
      for (const order of [
        (t: Tensor) => f(t),
        (t: Tensor) => grad((u) => sum(square(f(u))))(t)[0]!,
        (t: Tensor) => hvp((u) => sum(square(f(u))), [t], [t])[0]!,
      ]) {
        const report = gradcheck(order, [x]);
        expect(report.ok, report.message).toBe(true);
      }
    }
  });

  test("a wrong derivative is seen by gradcheck", () => {
    const wrong = customVjp({
      name: "wrong",
      forward: (t) => exp(t!),
      backward: (dy) => [() => dy],
    });
    expect(gradcheck(wrong, [x]).ok).toBe(false);
  });

  test("errors", () => {
    using _scope = reference.scope();
    const t = tensor(reference, [1, 2]);
    const lazy = customVjp({ name: "lazy", forward: (a, b) => mul(a!, b!), backward: () => [] });
    expect(() => grad((a) => sum(lazy(a, t)))(t)).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: lazy: the derivative with respect to input 0 is not defined. Return a thunk for it from backward, or put stopGradient around the input.]`,
    );
    const misfit = customVjp({
      name: "misfit",
      forward: (a) => exp(a!),
      backward: () => [() => ones(reference, [3])],
    });
    expect(() => grad((a) => sum(misfit(a)))(t)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: misfit: the cotangent of input 0 is [3], the input is [2]. Return a cotangent of the input's shape.]`,
    );
    const leak = (a: Tensor): Tensor =>
      customVjp({ name: "leak", forward: (b) => mul(a, b!), backward: (dy) => [() => dy] })(t);
    expect(() => grad((a) => sum(leak(a)))(t)).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: leak: the function reads a tracked tensor that is not among its inputs, and its derivative would be lost. Give it as an input, or put stopGradient around it.]`,
    );
    expect(() => softplus()).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: steadySoftplus: no input tensor was given. Give at least one.]`,
    );
  });
});
