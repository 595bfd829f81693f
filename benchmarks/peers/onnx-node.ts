/** onnxruntime-node: its own native WebGPU provider, and its provider for the processor. */
import { createRequire } from "node:module";
import { chooseVulkanDriver } from "./adapter.js";
import type { Engine, EngineOptions } from "./engine.js";
import { type OrtModule, openOnnx } from "./onnx.js";

function load(): OrtModule {
  return createRequire(import.meta.url)("onnxruntime-node") as OrtModule;
}

export async function openOnnxNodeGpu({ adapter }: EngineOptions): Promise<Engine> {
  await chooseVulkanDriver(adapter);
  return openOnnx({ ort: load(), provider: "webgpu" });
}

export async function openOnnxNodeCpu(_: EngineOptions): Promise<Engine> {
  return openOnnx({ ort: load(), provider: "cpu" });
}
