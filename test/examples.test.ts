/** Every example runs, under 80 lines, and prints what it promises. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

function run(name: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", join("examples", name), ...args],
    { encoding: "utf8", env: process.env },
  );
  expect(status, stderr).toBe(0);
  return stdout;
}

/** The number after `before` in `text`. */
function numberAfter(text: string, before: string): number {
  const at = text.indexOf(before);
  expect(at, `"${before}" in: ${text}`).toBeGreaterThanOrEqual(0);
  return Number.parseFloat(text.slice(at + before.length));
}

describe("examples", () => {
  const files = readdirSync("examples").filter((file) => file.endsWith(".ts"));

  test.each(files)("%s is short, and only imports the public library", (file) => {
    const text = readFileSync(join("examples", file), "utf8");
    expect(text.split("\n").length).toBeLessThan(80);
    const sources = [...text.matchAll(/from "([^"]+)"/g)].map(([, source]) => source);
    expect(sources.filter((s) => s !== "../src/node.js" && !s?.startsWith("node:"))).toEqual([]);
  });

  test("01: values and gradients are right, and nothing stays behind", () => {
    const text = run("01-tensors-and-gradients.ts");
    expect(text).toContain("f(x) = 2100\n");
    expect(text).toContain("df/dx = 20, 400, 60, 800\n");
    expect(text).toContain("noise = -1.2509, -2.6140, 1.2479\n");
    expect(text).toContain("buffers alive: 0\n");
  });

  test("02: the derivative and the kernel agree with the reference", () => {
    const text = run("02-a-new-op.ts");
    expect(numberAfter(text, "gradients agree within ")).toBeLessThan(1e-8);
    expect(numberAfter(text, "largest difference ")).toBeLessThan(1e-5);
  });

  test("03: the loss falls to a hundredth", () => {
    const text = run("03-train-a-tiny-network.ts");
    const [first, last] = [
      numberAfter(text, "step 0: loss "),
      numberAfter(text, "step 200: loss "),
    ];
    expect(first).toBeGreaterThan(0.3);
    expect(last).toBeLessThan(0.01);
  });

  const model = "models/emoji-32/one-step.safetensors";
  test.skipIf(!existsSync(model))("04: a prompt becomes a PNG on the right background", () => {
    const folder = mkdtempSync(join(tmpdir(), "hitofude-example-"));
    try {
      const out = join(folder, "heart.png");
      const text = run("04-generate.ts", "a red heart on a blue background", out);
      expect(text).toContain("32 × 32");
      expect(text).toContain("background: blue");
      expect([...readFileSync(out).subarray(1, 4)]).toEqual([..."PNG"].map((c) => c.charCodeAt(0)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("05: the power distance meets pseudo-Huber at p = 1 and L2 at p = 2", () => {
    const text = run("05-a-new-divergence.ts");
    expect(numberAfter(text, "p = 1 against pseudo-Huber:")).toBeLessThan(1e-12);
    expect(numberAfter(text, "p = 2 against L2:")).toBeLessThan(1e-12);
    expect(numberAfter(text, "p = 1.5 against L2:")).toBeGreaterThan(1e-3);
  });
});
