/** Equations as letters for each axis; what einsum makes of them stands in einsum.test.ts. */
import { expect, test } from "vitest";
import { isUnnamed, parseEquation } from "../../../src/ops/shared/einsum-equation.js";

test("a result that is not named has the letters that occur once, in their order", () => {
  expect(
    parseEquation("kj,ji", [
      [2, 3],
      [3, 4],
    ]),
  ).toEqual({ inputs: ["kj", "ji"], output: "ik" });
  expect(parseEquation("ii", [[2, 2]]).output).toBe("");
});

test("blanks do not count, and a named result stays as it is", () => {
  const shapes = [
    [2, 3, 4],
    [2, 4, 5],
  ];
  const { inputs, output } = parseEquation(" bij , bjk -> bik ", shapes);
  expect([...inputs, output]).toEqual(["bij", "bjk", "bik"]);
});

test("axes under dots get letters of their own, counted from the right", () => {
  const { inputs, output } = parseEquation("...i,...i->...", [
    [7, 2, 3],
    [2, 3],
  ]);
  expect([...inputs, output]).toEqual(["βαi", "αi", "βα"]);
  expect([...output].every(isUnnamed)).toBe(true);
  expect(isUnnamed("i")).toBe(false);
});

test.each([
  ["i->j", [[2]], /asks for axis j/],
  ["i->ii", [[2]], /names axis i twice/],
  ["i->i->i", [[2]], /holds "->" twice/],
  ["i2", [[2]], /holds "2"/],
  ["i,j", [[2]], /names 2 operands, and 1 were given/],
  ["ij", [[2]], /ij/],
] as const)("%s is refused", (equation, shapes, message) => {
  expect(() => parseEquation(equation, shapes)).toThrow(message);
});
