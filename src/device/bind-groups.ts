/**
 * Bind groups, made once for each set of buffers and uniforms. Making one costs more than all else
 * of a small op, and the pool hands out the same buffers again and again.
 */
import type { Pipeline } from "./pipelines.js";
import type { BufferRange } from "./range.js";

/** Forgotten all at once past this number: one training step has some hundreds. */
const MOST = 8192;

export class BindGroups {
  private readonly gpu: GPUDevice;
  private readonly ids = new WeakMap<GPUBuffer, number>();
  private readonly groups = new Map<GPUBindGroupLayout, Map<string, GPUBindGroup>>();
  private made = 0;
  private known = 0;

  constructor(gpu: GPUDevice) {
    this.gpu = gpu;
  }

  /** @param uniform where the uniform block lies; its size belongs to the program */
  get({ layout }: Pipeline, buffers: readonly BufferRange[], uniform: BufferRange): GPUBindGroup {
    let key = `${uniform.offset} `;
    for (const range of buffers) key += `${this.id(range.buffer)}:${range.offset}:${range.size} `;
    let groups = this.groups.get(layout);
    const known = groups?.get(key);
    if (known) return known;
    if (this.made >= MOST) {
      this.forget();
      groups = undefined;
    }
    if (!groups) {
      groups = new Map();
      this.groups.set(layout, groups);
    }
    const group = bindGroup(this.gpu, layout, buffers, uniform);
    groups.set(key, group);
    this.made += 1;
    return group;
  }

  /** Lets go of all groups: buffers were destroyed. */
  forget(): void {
    this.groups.clear();
    this.made = 0;
  }

  private id(buffer: GPUBuffer): number {
    const id = this.ids.get(buffer);
    if (id !== undefined) return id;
    this.known += 1;
    this.ids.set(buffer, this.known);
    return this.known;
  }
}

/** Tensors in order, then the uniform block. */
export function bindGroup(
  gpu: GPUDevice,
  layout: GPUBindGroupLayout,
  buffers: readonly BufferRange[],
  uniform: GPUBufferBinding,
): GPUBindGroup {
  const entries: GPUBindGroupEntry[] = buffers.map((resource, binding) => ({ binding, resource }));
  entries.push({ binding: buffers.length, resource: uniform });
  return gpu.createBindGroup({ layout, entries });
}
