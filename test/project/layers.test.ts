/** The check of the layers passes on this project, and fails, readably, when a rule is broken. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

function checkLayers(root: string): { readonly passed: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["scripts/check-layers.mjs", root],
    { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  return { passed: status === 0, output: stdout + stderr };
}

function checkFiles(files: Readonly<Record<string, string>>): ReturnType<typeof checkLayers> {
  const root = mkdtempSync(join(tmpdir(), "hitofude-layers-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkLayers(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test("this project keeps its layers", () => {
  const { passed, output } = checkLayers(".");
  expect(passed, output).toBe(true);
});

test("what is allowed passes", () => {
  const { passed, output } = checkFiles({
    "src/errors.ts": "export class HitofudeError extends Error {}\n",
    "src/device/node-adapter.ts": 'import "node:os";\nexport const usage = GPUBufferUsage;\n',
    "src/tensor/tensor.ts":
      'import { HitofudeError } from "../errors.js";\n' +
      "/** Math.random, GPUBuffer and @compute in a comment harm nobody. */\n" +
      "export type Tensor = HitofudeError;\n",
    "src/ops/add.ts": 'export type { Tensor } from "../tensor/tensor.js";\n',
    "src/models/unet.ts": 'export type { Tensor } from "../tensor/tensor.js";\n',
    "src/diffusion/loss.ts": 'export type { Tensor } from "../models/unet.js";\n',
    "src/cli/main.ts": 'import "node:fs";\nexport const now = Date.now();\n',
    "src/index.ts": 'export type { Tensor } from "./tensor/tensor.js";\n',
    "src/node.ts": 'export { usage } from "./device/node-adapter.js";\n',
  });
  expect(passed, output).toBe(true);
});

test("every broken rule is reported, with the file and what to do", () => {
  const { passed, output } = checkFiles({
    "src/tensor/tensor.ts":
      'import type { add } from "../ops/add.js";\nexport type T = typeof add;\n',
    "src/ops/add.ts": "export const add = (): number => Math.random();\n",
    "src/ops/gpu.ts": "export const read = (b: GPUBuffer): GPUBuffer => b;\n",
    "src/ops/wgsl.ts": "export const code = `@compute fn main() {}`;\n",
    "src/optim/a.ts": 'export type { B } from "./b.js";\nexport type A = 1;\n',
    "src/optim/b.ts": 'export type { A } from "./a.js";\nexport type B = 1;\n',
    "src/models/unet.ts": 'export * from "node:fs";\nexport const unet = performance.now();\n',
    "src/diffusion/loss.ts": 'export { unet } from "../models/unet.js";\n',
    "src/io/node-file.ts": "export const x = 1;\n",
    "src/preference/store.ts": 'export { x } from "../io/node-file.js";\n',
    "src/helpers/things.ts": 'export { x } from "../io/node-file.js";\n',
    "src/evaluation/drift.ts": 'export { y } from "./nowhere.js";\n',
    "src/index.ts": "export const version = 1;\n",
  });
  expect(passed).toBe(false);
  for (const line of [
    "error layer-tensor: src/tensor/tensor.ts → src/ops/add.ts",
    "tensor may import: tensor, errors, device, shaders.",
    "src/ops/add.ts:1: Math.random stands in cli/ and device/ alone",
    "src/ops/gpu.ts:1: GPUBuffer stands in device/ and shaders/ alone",
    "src/ops/wgsl.ts:1: WGSL belongs in a .wgsl file",
    "error no-cycle: src/optim/a.ts",
    "error node-builtins: src/models/unet.ts → fs",
    "src/models/unet.ts:2: performance.now stands in cli/ and device/ alone",
    "error types-only-diffusion-models: src/diffusion/loss.ts → src/models/unet.ts",
    "error node-files: src/preference/store.ts → src/io/node-file.ts",
    "error unknown-layer: src/helpers/things.ts",
    "error unresolved: src/evaluation/drift.ts → ./nowhere.js",
    "src/index.ts:1: this file re-exports, and does nothing else",
  ]) {
    expect(output).toContain(line);
  }
});
