import { describe, expect, test } from "vitest";
import { grad, gradcheck, jacobian, jvp } from "../../src/autograd/index.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { mul } from "../../src/ops/binary.js";
import { concat } from "../../src/ops/concat.js";
import { matmul } from "../../src/ops/matmul.js";
import { softmax } from "../../src/ops/softmax.js";
import { sum } from "../../src/ops/sum.js";
import { exp, sin } from "../../src/ops/unary.js";
import { scalar, tensor } from "../../src/tensor/create.js";
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

describe.each(devices)("jacobian on the %s device", (_, device) => {
  test("of a linear map is its matrix, for each input", async () => {
    using _scope = device().scope();
    const a = tensor(device(), [1, 2, 3, 4, 5, 6], [2, 3]);
    const x = tensor(device(), [1, -1, 2], [3, 1]);
    const [da, dx] = jacobian((m, v) => matmul(m!, v!), a, x);
    expect(dx!.shape).toEqual([2, 1, 3, 1]);
    expect(await read(dx)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(da!.shape).toEqual([2, 1, 2, 3]);
    expect(await read(da)).toEqual([1, -1, 2, 0, 0, 0, 0, 0, 0, 1, -1, 2]);
  });

  test("of softmax is diag y − y yᵀ", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [0.3, -1, 0.5, 2, 0.1]);
    const y = await read(softmax(x));
    const want = y.flatMap((a, i) => y.map((b, j) => (i === j ? a : 0) - a * b));
    expectClose(await jacobian((t) => softmax(t), x)[0]!.data(), want, 1e-6, "jacobian");
  });

  test("can be differentiated: of x ↦ A x ∘ x, by each row", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3]);
    // J_ij = δ_ij 3 x_i², and the derivative of Σ u J v by x_i is 6 x_i u_i v_i.
    const weights = tensor(device(), [1, 5, 5, 5, 10, 5, 5, 5, 100], [3, 3]);
    const [dx] = grad((t) => sum(mul(weights, jacobian((s) => mul(s!, mul(s!, s!)), t)[0]!)))(x);
    expect(await read(dx)).toEqual([6, 120, 1800]);
  });

  test("can be differentiated where some of its rows are constant", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2]);
    const f = (t: Tensor): Tensor => concat([mul(t, 2), mul(t, t)], 0);
    // The rows of 2 x are 2 and 0 for every x; those of x² are 2 x_i δ_ij.
    const [dx] = grad((t) => sum(mul(jacobian((s) => f(s!), t)[0]!, 3)))(x);
    expect(await read(dx)).toEqual([6, 6]);
  });

  test("of one value is the gradient; of a scalar, the derivative", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3]);
    const f = (t: Tensor): Tensor => sum(mul(t, mul(t, t)));
    expect(await read(jacobian(f, x)[0])).toEqual(await read(grad(f)(x)[0]));
    const [slope] = jacobian(exp, scalar(device(), 0));
    expect(slope!.shape).toEqual([]);
    expect(await read(slope)).toEqual([1]);
  });

  test("nothing stays alive but the Jacobians", () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3]);
    const before = device().stats.liveBuffers;
    const all = jacobian((a, b) => mul(sin(a!), exp(b!)), x, x);
    expect(device().stats.liveBuffers - before).toBe(2);
    for (const t of all) expect(t.tape).toBeUndefined();
  });
});

describe("jacobian, in float64", () => {
  const x = new NdArray([2, 3], Float64Array.from(values(1, 6)));
  const v = new NdArray([2, 3], Float64Array.from(values(2, 6)));
  const f = (t: Tensor): Tensor => softmax(mul(sin(t), t));

  test("times v is jvp along v", () => {
    using _scope = reference.scope();
    const [at, along] = [tensor(reference, x.data, x.shape), tensor(reference, v.data, [6, 1])];
    const [j] = jacobian(f, at);
    const flat = tensor(reference, j!.reference.data, [6, 6]);
    const { tangent } = jvp(f, [at], [tensor(reference, v.data, v.shape)]);
    expectClose(matmul(flat, along).reference.data, tangent.reference.data, 1e-12, "J v");
  });

  test("can be differentiated: a Hessian, and beyond", () => {
    using _scope = reference.scope();
    const loss = (t: Tensor): Tensor => sum(mul(f(t), sin(t)));
    const hessian = (t: Tensor): Tensor => jacobian((u) => grad(loss)(u!)[0]!, t)[0]!;
    const h = hessian(tensor(reference, x.data, x.shape)).reference.data;
    const transposed = h.map((_, i) => h[(i % 6) * 6 + Math.floor(i / 6)]!);
    expectClose(h, transposed, 1e-12, "symmetry");
    const first = gradcheck((t) => jacobian(f, t)[0]!, [x]);
    expect(first.ok, first.message).toBe(true);
    const second = gradcheck(hessian, [x]);
    expect(second.ok, second.message).toBe(true);
    const third = gradcheck((t) => grad((u) => sum(sin(jacobian(f, u)[0]!)))(t)[0]!, [x]);
    expect(third.ok, third.message).toBe(true);
  });

  test("errors", () => {
    using _scope = reference.scope();
    const ids = tensor(reference, Uint32Array.of(1, 2));
    expect(() => jacobian(sin, ids)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: jacobian: an input is u32, expected f32. Close over what is not differentiated.]`,
    );
    expect(() => jacobian(() => scalar(reference, 1))).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: jacobian: no tensor was given to differentiate with respect to. Give at least one.]`,
    );
  });
});
