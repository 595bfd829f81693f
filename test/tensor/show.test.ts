import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import { full, tensor, zeros } from "../../src/tensor/create.js";
import { show } from "../../src/tensor/show.js";
import { testDevice } from "../device.js";

const device = testDevice();
const host = new ReferenceDevice();

const range = (n: number, f = (i: number): number => i) =>
  Float32Array.from({ length: n }, (_, i) => f(i));

describe("show", () => {
  test("a small matrix: columns aligned, what is not a number said", async () => {
    const x = tensor(host, [1, -1, 2.5, 0, 0, Number.NaN], [2, 3], { label: "weights" });
    expect(`\n${await show(x)}`).toMatchInlineSnapshot(`
      "
      weights: f32 [2, 3] on float64 reference
      min -1, max 2.5, mean 0.5, 1 NaN
      [[ 1.0  -1.0   2.5]
       [ 0.0   0.0   NaN]]"
    `);
  });

  test("a large matrix: its corners", async () => {
    const x = tensor(host, range(10000, Math.sin), [100, 100]);
    expect(`\n${await show(x)}`).toMatchInlineSnapshot(`
      "
      tensor: f32 [100, 100] on float64 reference
      min -1, max 1, mean 0.000194
      [[ 0.0000   0.8415   0.9093  …   0.3796  -0.5734  -0.9992]
       [-0.5064   0.4520   0.9948  …   0.7958  -0.0796  -0.8818]
       [-0.8733  -0.0619   0.8064  …   0.9929   0.4361  -0.5216]
       …
       [-0.9452  -0.2359   0.6903  …   0.9984   0.5871  -0.3640]
       [-0.9804  -0.6955   0.2289  …   0.8322   0.9162   0.1578]
       [-0.7457  -0.9636  -0.2956  …   0.4369   0.9930   0.6361]]"
    `);
    expect(`\n${await show(x, { edge: 1, digits: 2 })}`).toMatchInlineSnapshot(`
      "
      tensor: f32 [100, 100] on float64 reference
      min -1, max 1, mean 0.00019
      [[ 0.00  …  -1.00]
       …
       [-0.75  …   0.64]]"
    `);
  });

  test("many axes: the first and the last of the outer ones", async () => {
    const x = tensor(
      host,
      range(8 * 4 * 2, (i) => i / 8),
      [8, 4, 2],
    );
    expect(`\n${await show(x)}`).toMatchInlineSnapshot(`
      "
      tensor: f32 [8, 4, 2] on float64 reference
      min 0, max 7.875, mean 3.938
      [[[0.000  0.125]
        [0.250  0.375]
        [0.500  0.625]
        [0.750  0.875]]
       …
       [[7.000  7.125]
        [7.250  7.375]
        [7.500  7.625]
        [7.750  7.875]]]"
    `);
  });

  test("vectors, whole numbers, powers of ten, infinities", async () => {
    const lines = async (...args: Parameters<typeof tensor>) =>
      (await show(tensor(...args))).split("\n").slice(1).join("\n");
    expect(await lines(host, range(20))).toMatchInlineSnapshot(`
      "min 0, max 19, mean 9.5
      [ 0   1   2  …  17  18  19]"
    `);
    expect(await lines(host, range(7))).toMatchInlineSnapshot(`
      "min 0, max 6, mean 3
      [0  1  2  3  4  5  6]"
    `);
    expect(await lines(host, Uint32Array.of(7, 2 ** 32 - 1))).toMatchInlineSnapshot(`
      "min 7, max 4294967295, mean 2147483651
      [         7  4294967295]"
    `);
    expect(await lines(host, [1e-9, -2e-5, 0, 3])).toMatchInlineSnapshot(`
      "min -0.00002, max 3, mean 0.75
      [ 1.0000e-9  -2.0000e-5   0.0000e+0   3.0000e+0]"
    `);
    expect(await lines(host, [1e30, 1.5])).toMatchInlineSnapshot(`
      "min 1.5, max 1e+30, mean 5e+29
      [1.0000e+30   1.5000e+0]"
    `);
    const odd = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    expect(await lines(host, odd)).toMatchInlineSnapshot(`
      "1 NaN, 2 infinite
      [ inf  -inf   NaN]"
    `);
  });

  test("one value, no values", async () => {
    expect(`\n${await show(full(host, [], 3.25))}`).toMatchInlineSnapshot(`
      "
      tensor: f32 [] on float64 reference
      min 3.25, max 3.25, mean 3.25
      3.25"
    `);
    expect(`\n${await show(zeros(host, [0, 4], { label: "nothing" }))}`).toMatchInlineSnapshot(`
      "
      nothing: f32 [0, 4] on float64 reference
      no elements"
    `);
  });

  test("reads a GPU device", async () => {
    using x = tensor(device(), [1.5, 2], [1, 2], { label: "x" });
    expect((await show(x)).replace(device().name, "ADAPTER")).toMatchInlineSnapshot(`
      "x: f32 [1, 2] on ADAPTER
      min 1.5, max 2, mean 1.75
      [[1.5  2.0]]"
    `);
  });
});

test("an edge of nothing", async () => {
  using x = zeros(host, [2, 3]);
  await expect(show(x, { edge: 0 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[UsageError: show: edge is 0. Give a whole number of rows and columns, 1 or more.]`,
  );
});

test("String and console.log say what a tensor is, without reading it", () => {
  const x = zeros(host, [2, 3], { label: "x" });
  expect(inspect({ x })).toMatchInlineSnapshot(`"{ x: Tensor(x, f32 [2, 3], float64 reference) }"`);
  x.dispose();
  expect(`${x}`).toMatchInlineSnapshot(`"Tensor(x, f32 [2, 3], freed)"`);
});
