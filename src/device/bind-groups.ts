/**
 * Bind groups, made once for each set of buffers and uniforms. Making one costs more than all else
 * of a small op, and the pool hands out the same buffers again and again.
 */
import type { Pipeline } from "./pipelines.js";
import type { BufferRange } from "./range.js";

/** Forgotten all at once past this number: one training step has some hundreds. */
const MOST = 8192;

interface Known {
  readonly offset: number;
  readonly buffers: readonly BufferRange[];
  readonly group: GPUBindGroup;
}

export class BindGroups {
  private readonly gpu: GPUDevice;
  private readonly ids = new WeakMap<GPUBuffer, number>();
  /** By a hash of what they bind: no key is built, and nothing is left to collect. */
  private readonly groups = new Map<GPUBindGroupLayout, Map<number, Known[]>>();
  private made = 0;
  private known = 0;

  constructor(gpu: GPUDevice) {
    this.gpu = gpu;
  }

  /** @param uniform where the uniform block lies; its size belongs to the program */
  get({ layout }: Pipeline, buffers: readonly BufferRange[], uniform: BufferRange): GPUBindGroup {
    const { offset } = uniform;
    const hash = this.hash(buffers, offset);
    const alike = this.groups.get(layout)?.get(hash);
    const known = alike?.find((x) => x.offset === offset && same(x.buffers, buffers));
    if (known) return known.group;
    if (this.made >= MOST) this.forget();
    const group = bindGroup(this.gpu, layout, buffers, uniform);
    this.add(layout, hash, { offset, buffers, group });
    return group;
  }

  /** Lets go of all groups: buffers were destroyed. */
  forget(): void {
    this.groups.clear();
    this.made = 0;
  }

  private add(layout: GPUBindGroupLayout, hash: number, known: Known): void {
    const groups = this.groups.get(layout) ?? new Map<number, Known[]>();
    this.groups.set(layout, groups);
    const alike = groups.get(hash);
    if (alike) alike.push(known);
    else groups.set(hash, [known]);
    this.made += 1;
  }

  private hash(buffers: readonly BufferRange[], offset: number): number {
    let hash = offset;
    for (const { buffer, offset: from, size } of buffers) {
      hash = Math.imul(hash ^ this.id(buffer), 0x9e3779b1);
      hash = Math.imul(hash ^ from ^ (size << 8), 0x85ebca6b) ^ (hash >>> 15);
    }
    return hash;
  }

  private id(buffer: GPUBuffer): number {
    const id = this.ids.get(buffer);
    if (id !== undefined) return id;
    this.known += 1;
    this.ids.set(buffer, this.known);
    return this.known;
  }
}

function same(a: readonly BufferRange[], b: readonly BufferRange[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as BufferRange, b[i] as BufferRange];
    if (x.buffer !== y.buffer || x.offset !== y.offset || x.size !== y.size) return false;
  }
  return true;
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
