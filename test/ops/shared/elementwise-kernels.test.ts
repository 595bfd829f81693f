/** Which elementwise kernel runs; what they compute is in binary.test.ts and unary.test.ts. */
import { expect, test } from "vitest";
import { add, mul, sub } from "../../../src/ops/binary.js";
import { tensor } from "../../../src/tensor/create.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { testDevice } from "../../device.js";

const gpu = testDevice();

/** How many kernels a call compiles. */
async function compiled(f: () => Tensor): Promise<number> {
  const before = gpu().stats.pipelines;
  await f().data();
  return gpu().stats.pipelines - before;
}

test("a commutative function has one kernel for both orders, another has two", async () => {
  using _scope = gpu().scope();
  const wide = tensor(gpu(), [1, 2, 3, 4, 5, 6, 7, 8], [2, 4]);
  const narrow = tensor(gpu(), [10, 20], [2, 1]);
  for (const f of [add, mul]) {
    expect(await compiled(() => f(wide, narrow))).toBe(1);
    expect(await compiled(() => f(narrow, wide))).toBe(0);
    expect(await compiled(() => f(wide, 3))).toBe(1);
    expect(await compiled(() => f(3, wide))).toBe(0);
    expect(await f(narrow, wide).data()).toEqual(await f(wide, narrow).data());
    expect(await f(3, wide).data()).toEqual(await f(wide, 3).data());
  }
  expect(await compiled(() => sub(wide, narrow))).toBe(1);
  expect(await compiled(() => sub(narrow, wide))).toBe(1);
  expect(Array.from(await sub(narrow, wide).data())).toEqual([9, 8, 7, 6, 15, 14, 13, 12]);
});
