import { describe, expect, test } from "vitest";
import { defineOp } from "../../src/autograd/define-op.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { add, mul } from "../../src/ops/binary.js";
import { exp, sin } from "../../src/ops/unary.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";

const at = new NdArray([3], Float64Array.of(0.3, -1.2, 0.8));
const other = new NdArray([3], Float64Array.of(1.1, 0.4, -0.6));

/** y = x eˣ with the derivative that is given, right or wrong. */
function withDerivative(dx: (x: Tensor, dy: Tensor) => Tensor) {
  const op = defineOp({
    name: "xexp",
    inputs: ["x"],
    saves: ["x"],
    infer: ({ x }) => x.shape,
    gpu: () => {},
    reference: ({ x }) => x.map((v) => v * Math.exp(v)),
    vjp: ({ x }, dy) => ({ x: () => dx(x, dy) }),
  });
  return (x: Tensor): Tensor => op({ x }, {});
}

describe("gradcheck", () => {
  test("accepts a right derivative, within 1e-9", () => {
    const right = withDerivative((x, dy) => mul(dy, mul(exp(x), add(x, 1))));
    const report = gradcheck(right, [at]);
    expect(report.ok, report.message).toBe(true);
    expect(report.worst.error).toBeLessThan(1e-9);
  });

  test.each([
    ["a wrong sign", (x: Tensor, dy: Tensor) => mul(dy, mul(exp(x), add(mul(x, -1), 1)))],
    ["a wrong factor", (x: Tensor, dy: Tensor) => mul(dy, mul(exp(x), mul(add(x, 1), 1.0001)))],
    ["a missing term", (x: Tensor, dy: Tensor) => mul(dy, mul(exp(x), x))],
    ["a forgotten cotangent", (x: Tensor) => mul(exp(x), add(x, 1))],
  ])("catches %s", (_, dx) => {
    expect(gradcheck(withDerivative(dx), [at]).ok).toBe(false);
  });

  test("catches a derivative that is not a number", () => {
    const report = gradcheck(
      withDerivative((_, dy) => mul(dy, Number.NaN)),
      [at],
    );
    expect(report.ok).toBe(false);
  });

  test("says which entry is off, and by how much", () => {
    const wrong = withDerivative((x, dy) => mul(dy, exp(x)));
    const report = gradcheck(wrong, [at]);
    expect(report.worst.input).toBe(0);
    expect(report.message).toMatch(/^input 0, element \d: the gradient is .*, central differences/);
  });

  test("says where in a matrix", () => {
    const matrix = new NdArray([2, 2], Float64Array.of(0, 0, 3, 0));
    const wrong = withDerivative((x, dy) => mul(dy, exp(x)));
    expect(gradcheck(wrong, [matrix]).message).toMatch(
      /^input 0, element 2 \[1, 0\]: the gradient/,
    );
  });

  test("checks every input that is not frozen", () => {
    const product = (a: Tensor, b: Tensor): Tensor => mul(sin(a), b);
    expect(gradcheck(product, [at, other]).ok).toBe(true);
    const f = (a: Tensor, b: Tensor): Tensor => mul(withDerivative((_, dy) => dy)(b), a);
    expect(gradcheck(f, [at, other]).worst.input).toBe(1);
  });

  test("leaves its inputs as they were", () => {
    const before = [...at.data];
    gradcheck((a) => sin(a), [at]);
    expect([...at.data]).toEqual(before);
  });
});
