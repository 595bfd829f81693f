/**
 * onnxruntime-web with its WebGPU provider, under Node. Its threads are switched off; its files
 * are named by an absolute path; and since Node refuses views of shared memory in
 * `queue.writeBuffer`, its bytes are copied on the way. One call at a time: a second one that begins
 * before the first has ended blocks the process for ever.
 */
import { fileURLToPath } from "node:url";
import { installNavigator } from "./adapter.js";
import type { Engine, EngineOptions } from "./engine.js";
import { type OrtModule, openOnnx } from "./onnx.js";

const DIST = new URL("../node_modules/onnxruntime-web/dist/", import.meta.url);

export async function openOnnxWeb({ adapter }: EngineOptions): Promise<Engine> {
  const held = await installNavigator(adapter);
  copySharedMemory();
  const file: string = new URL("ort.webgpu.min.mjs", DIST).href;
  const ort = (await import(file)) as OrtModule;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = `${fileURLToPath(DIST)}`;
  const engine = await openOnnx({ ort, provider: "webgpu" });
  return {
    prepare: (problem, attempt) => engine.prepare(problem, attempt),
    close: async () => {
      await engine.close();
      held.release();
    },
  };
}

type WriteBuffer = (
  buffer: GPUBuffer,
  at: number,
  data: unknown,
  from?: number,
  size?: number,
) => void;

/** Wraps `writeBuffer` of every queue: views over shared memory are copied first. */
function copySharedMemory(): void {
  const { GPUQueue: Queue } = globalThis as unknown as {
    GPUQueue?: { prototype: { writeBuffer: WriteBuffer } };
  };
  if (!Queue) return;
  const original = Queue.prototype.writeBuffer;
  Queue.prototype.writeBuffer = function write(this: unknown, buffer, at, data, from, size) {
    const isView = ArrayBuffer.isView(data);
    const memory = isView ? data.buffer : data;
    if (!(memory instanceof SharedArrayBuffer)) {
      return original.call(this as never, buffer, at, data, from, size);
    }
    const unit = isView && "BYTES_PER_ELEMENT" in data ? Number(data.BYTES_PER_ELEMENT) : 1;
    const start = (isView ? data.byteOffset : 0) + unit * (from ?? 0);
    const whole = (isView ? data.byteOffset + data.byteLength : memory.byteLength) - start;
    const bytes = new Uint8Array(memory, start, size === undefined ? whole : unit * size);
    original.call(this as never, buffer, at, bytes.slice());
  };
}
