/** What src/index.ts reaches runs in a browser: no Node module, no Node global, known packages. */
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openDevice } from "../../src/index.js";

interface Walk {
  readonly files: ReadonlySet<string>;
  /** "file → module" for all that is no file of the project. */
  readonly outside: readonly string[];
}

/** Every file that `entry` reaches, type-only imports included. */
function walk(entry: string): Walk {
  const files = new Set<string>();
  const outside: string[] = [];
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"), true, true);
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith(".")) visit(join(dirname(file), fileName).replace(/\.js$/, ".ts"));
      else outside.push(`${file} → ${fileName}`);
    }
  };
  visit(entry);
  return { files, outside };
}

const NODE_GLOBAL = /^(process|Buffer|setImmediate|require|__dirname|SharedArrayBuffer)$/;

/** Uses of a global of Node, as "file: name". */
function nodeGlobals(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node, parent?: ts.Node): void => {
    const member = parent && ts.isPropertyAccessExpression(parent) && parent.name === node;
    if (ts.isIdentifier(node) && !member && NODE_GLOBAL.test(node.text)) {
      found.push(`${file}: ${node.text}`);
    }
    ts.forEachChild(node, (child) => visit(child, node));
  };
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022));
  return found;
}

describe("src/index.ts", () => {
  const { files, outside } = walk("src/index.ts");

  test("reaches every layer", () => {
    expect(files.size).toBeGreaterThan(100);
    expect(files).toContain("src/ops/softmax.ts");
    expect(files).toContain("src/alignment/trainer.ts");
  });

  test("imports nothing of Node, and no package but fast-png", () => {
    const modules = outside.map((line) => line.split(" → ")[1] ?? "");
    const ofNode = modules.filter((m) => m.startsWith("node:") || builtinModules.includes(m));
    expect(ofNode, outside.join("\n")).toEqual([]);
    expect([...new Set(modules)]).toEqual(["fast-png"]);
    expect([...files].filter((file) => /\/node[^/]*\.ts$/.test(file))).toEqual([]);
  });

  test("uses no global of Node", () => {
    expect([...files].flatMap(nodeGlobals)).toEqual([]);
    expect(nodeGlobals("src/device/node-adapter.ts")).not.toEqual([]);
  });

  test("src/node.ts is found to import Node's modules: the walk sees them", () => {
    expect(walk("src/node.ts").outside.some((line) => line.includes("node:fs"))).toBe(true);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("openDevice says what to do where there is no adapter", async () => {
    vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => null } });
    await expect(openDevice()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DeviceError: openDevice: the browser offers WebGPU, but no adapter. Turn hardware acceleration on, or allow a software adapter (Chromium: --use-webgpu-adapter=swiftshader).]`,
    );
  });

  test("openDevice says what to do where there is no WebGPU", async () => {
    await expect(openDevice()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DeviceError: openDevice: there is no navigator.gpu here. Use a browser with WebGPU on a page from https or localhost; under Node use openNodeDevice from hitofude/node.]`,
    );
  });
});
