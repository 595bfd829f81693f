/** Options of divergences: what is no option, and what is no value of one. */
import { expect, test } from "vitest";
import { createDivergence } from "../../src/divergences/index.js";

test("an option that a divergence does not have", () => {
  expect(() => createDivergence("pseudo-huber", { d: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: The divergence pseudo-huber has no option d. Choose from: c.]`,
  );
  expect(() => createDivergence("kl", { c: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: The divergence kl has no option c. Leave it out: there are none.]`,
  );
});

test("a value that an option cannot have", () => {
  expect(() => createDivergence("pseudo-huber", { c: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: The divergence pseudo-huber: option c is 0. Give a number above 0.]`,
  );
});
