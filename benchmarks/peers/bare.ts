/**
 * No engine: what the adapter asks for a launch. One pipeline and one bind group, dispatched so often in
 * one pass; each launch adds the second input to the first. Rows of tiny ops are held against it.
 */
import { politely } from "../../src/device/node-device.js";
import { type GpuDevice, openNodeDevice } from "../../src/node.js";
import { type Problem, values } from "../problem.js";
import type { Engine, EngineOptions, Job } from "./engine.js";

const ADD = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
  if (i < arrayLength(&y)) { y[i] += x[i]; }
}`;

export async function openBare({ adapter }: EngineOptions): Promise<Engine> {
  const opened = await openNodeDevice({ adapter });
  return {
    prepare: async (problem, attempt) =>
      attempt === 0 && problem.launches !== undefined
        ? bareJob(opened.device, problem, problem.launches)
        : undefined,
    close: () => opened.close(),
  };
}

async function bareJob(device: GpuDevice, problem: Problem, launches: number): Promise<Job> {
  const { gpu } = device;
  const pipeline = gpu.createComputePipeline({
    layout: "auto",
    compute: { module: gpu.createShaderModule({ code: ADD }), entryPoint: "main" },
  });
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const [first, step] = problem.inputs.map((input) => {
    const data = Float32Array.from(values(input));
    const buffer = gpu.createBuffer({
      size: data.byteLength,
      usage: STORAGE | COPY_SRC | COPY_DST,
    });
    gpu.queue.writeBuffer(buffer, 0, data);
    return buffer;
  });
  if (!first || !step) throw new Error("A chain of additions takes two inputs.");
  const { size } = first;
  const sum = gpu.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  const back = gpu.createBuffer({ size, usage: MAP_READ | COPY_DST });
  const entries = [step, sum].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const call = (): void => {
    const encoder = gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(first, 0, sum, 0, size);
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < launches; i++) pass.dispatchWorkgroups(1);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  };
  return {
    async run(times) {
      for (let i = 0; i < times; i++) call();
      await politely(gpu.queue.onSubmittedWorkDone());
    },
    async read() {
      call();
      const encoder = gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(sum, 0, back, 0, size);
      gpu.queue.submit([encoder.finish()]);
      await politely(back.mapAsync(GPUMapMode.READ));
      const result = new Float32Array(back.getMappedRange().slice(0));
      back.unmap();
      return [result];
    },
    dispose() {
      for (const buffer of [first, step, sum, back]) buffer.destroy();
    },
  };
}
