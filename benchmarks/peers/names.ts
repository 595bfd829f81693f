/** The engines by name, and the file that opens each. Opening happens in a process of its own. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { KERNELS_OPTIONS, type KernelsOption } from "../../src/node.js";
import type { Engine, EngineOptions, OpenEngine } from "./engine.js";

export interface EngineEntry {
  readonly name: string;
  /** The package that must be installed in benchmarks/node_modules. */
  readonly needs?: string;
  /** Absent for this project's own (own.ts). */
  readonly open?: () => Promise<OpenEngine>;
}

/** In the order of the rounds. */
export const ENGINES: readonly EngineEntry[] = [
  { name: "hitofude" },
  {
    name: "@jax-js/jax",
    needs: "@jax-js/jax",
    open: async () => (await import("./jax.js")).openJax,
  },
  {
    name: "@tensorflow/tfjs-backend-webgpu",
    needs: "@tensorflow/tfjs-backend-webgpu",
    open: async () => (await import("./tfjs.js")).openTfjs,
  },
  {
    name: "onnxruntime-web",
    needs: "onnxruntime-web",
    open: async () => (await import("./onnx-web.js")).openOnnxWeb,
  },
  {
    name: "onnxruntime-node webgpu",
    needs: "onnxruntime-node",
    open: async () => (await import("./onnx-node.js")).openOnnxNodeGpu,
  },
  {
    name: "onnxruntime-node cpu",
    needs: "onnxruntime-node",
    open: async () => (await import("./onnx-node.js")).openOnnxNodeCpu,
  },
  { name: "hitofude naive" },
  { name: "bare dispatch", open: async () => (await import("./bare.js")).openBare },
];

/** Ours, measured beside the peers. */
export const OWN = new Set(KERNELS_OPTIONS.map(engineOf));

/** Runs on the processor: what a user without a GPU would take instead; no peer to be beaten. */
export const ON_PROCESSOR = new Set(["onnxruntime-node cpu"]);

/** To compare with, not to beat: the processor, and launches without an engine. */
export const NO_PEER = new Set([...ON_PROCESSOR, "bare dispatch"]);

export async function openPeer(name: string, options: EngineOptions): Promise<Engine> {
  const entry = ENGINES.find((each) => each.name === name);
  if (!entry?.open) throw new Error(`There is no engine ${name}.`);
  const open = await entry.open();
  return open(options);
}

/** The engines of `ladder`: kernels of this project, the slow ancestors first, "fast" last. */
export const VARIANTS: readonly EngineEntry[] = [...KERNELS_OPTIONS.slice(1), "fast" as const].map(
  (kernels) => ({ name: engineOf(kernels) }),
);

/** The engine that runs these kernels; what the device chooses is called by the project's name. */
export function engineOf(kernels: KernelsOption): string {
  return kernels === "fast" ? "hitofude" : `hitofude ${kernels}`;
}

export function isInstalled({ needs }: EngineEntry): boolean {
  if (needs === undefined) return true;
  return existsSync(
    fileURLToPath(new URL(`../node_modules/${needs}/package.json`, import.meta.url)),
  );
}
