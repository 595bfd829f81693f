/** One op, one stem: what is no op of its own stands in src/ops/shared. */
import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";

test("every file of src/ops has a test that bears its name", () => {
  const stems = readdirSync("src/ops")
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .map((file) => file.replace(/\.ts$/, ""));
  expect(stems.length).toBeGreaterThan(40);
  expect(stems.filter((stem) => !existsSync(`test/ops/${stem}.test.ts`))).toEqual([]);
});
