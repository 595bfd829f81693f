/** Generated pages say what the code does now: CI runs tests alone, so the checks run here too. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test.each([
  ["docs/ops.md", "scripts/ops-table/main.ts"],
  ["docs/divergences.md", "scripts/divergences-table.ts"],
])("%s is what %s writes", { timeout: 180_000 }, (_, script) => {
  const args = ["--import", import.meta.resolve("tsx"), script, "--check"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(status, stderr).toBe(0);
});
