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

/** Gives `use` a folder that is gone afterwards. */
function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "hitofude-example-"));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Each is a process of its own, which opens an adapter: slow where other work keeps the cores busy.
describe("examples", { timeout: 240_000 }, () => {
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

  test("04: the layer's derivative is right, and it learns three functions", () => {
    const text = run("04-a-new-layer.ts");
    expect(numberAfter(text, "gradients agree within ")).toBeLessThan(1e-8);
    expect(text).toContain("norm.modulation.weight [64,3]");
    expect(numberAfter(text, "step 0: loss ")).toBeGreaterThan(0.1);
    expect(numberAfter(text, "step 200: loss ")).toBeLessThan(0.005);
  });

  test("05: slopes and curvature are those of the formula; Newton's method ends at the floor", () => {
    const text = run("05-higher-derivatives.ts");
    expect(text).toContain("f = 24.2, slope along v = -199.76\n");
    expect(text).toContain("H v = 1182, 448, without H\n");
    expect(text).toContain("H = 1330, 480, 480, 200, ");
    expect(numberAfter(text, "Newton step 7: f = ")).toBeLessThan(1e-25);
    expect(text).toContain("d Σ round(x)² = 0, 0\n");
    expect(text).toContain("d Σ throughRound(x)² = 0, 4\n");
    const kept = numberAfter(text, "all kept: ");
    expect(numberAfter(text, "checkpointed: ")).toBeLessThan(kept / 2);
    expect(text).toContain("the same gradient: true\n");
  });

  test("06: a replayed step gives the loss of the eager one, in less memory", () => {
    const text = run("06-capture-a-step.ts");
    const [, eager, replay] = /loss after 220 steps: (\S+), (\S+)\n/.exec(text) ?? [];
    expect(Number(eager)).toBeLessThan(0.001);
    expect(replay).toBe(eager);
    // How much is gained depends on the machine: all that is asked here is that it was measured.
    expect(numberAfter(text, "gain: ")).toBeGreaterThan(0);
    const planned = numberAfter(text, "memory of the step: ");
    expect(planned).toBeLessThan(numberAfter(text, "shared by tensors of ") / 2);
  });

  test("07: a tensor, a graph and a profile are shown, and written", () => {
    inFolder((folder) => {
      const text = run("07-seeing-inside.ts", folder);
      expect(text).toContain("x: f32 [64, 128] on ");
      expect(text).toMatch(/%4 +matmul\(%0, %2\) +\[64, 256\]\n/);
      expect(text).toMatch(/^matmul\.\S+ +[246] .*%$/m);
      expect(readFileSync(join(folder, "graph.svg"), "utf8")).toContain(">matmul<");
      const { traceEvents } = JSON.parse(readFileSync(join(folder, "trace.json"), "utf8"));
      const all = /^total +(\d+)/m.exec(text)?.[1];
      expect(String(traceEvents.length)).toBe(all);
    });
  });

  test("08: sampling from noise finds the clusters", () => {
    inFolder((folder) => {
      const text = run("08-diffusion-in-2d.ts", join(folder, "points.svg"));
      expect(numberAfter(text, "1 evaluation: ")).toBeGreaterThan(0.6);
      expect(numberAfter(text, "31 evaluations: ")).toBeLessThan(0.15);
      const svg = readFileSync(join(folder, "points.svg"), "utf8");
      expect(svg.match(/<circle/g)).toHaveLength(4 * 128);
    });
  });

  test("09: the power distance meets pseudo-Huber at p = 1 and L2 at p = 2", () => {
    const text = run("09-a-new-divergence.ts");
    expect(numberAfter(text, "p = 1 against pseudo-Huber:")).toBeLessThan(1e-12);
    expect(numberAfter(text, "p = 2 against L2:")).toBeLessThan(1e-12);
    expect(numberAfter(text, "p = 1.5 against L2:")).toBeGreaterThan(1e-3);
  });

  const model = "models/emoji-32/one-step.safetensors";
  test.skipIf(!existsSync(model))("10: a prompt becomes a PNG on the right background", () => {
    inFolder((folder) => {
      const out = join(folder, "heart.png");
      const text = run("10-generate.ts", "a red heart on a blue background", out);
      expect(text).toContain("32 × 32");
      expect(text).toContain("background: blue");
      expect([...readFileSync(out).subarray(1, 4)]).toEqual([..."PNG"].map((c) => c.charCodeAt(0)));
    });
  });
});
