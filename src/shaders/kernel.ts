/**
 * Typed handles of kernels. A handle knows its shader and the fields of its uniform block:
 *
 *     const forward = kernel("softmax", { rows: "u32", cols: "u32" });
 *     forward({ tensors: [x, out], params: { rows, cols }, groups: rows });
 *
 * Bindings are the tensors in order, then the uniform block.
 */
import type { BufferRange } from "../device/commands.js";
import type { GpuDevice } from "../device/device.js";
import { itemGroups, joinsInSubgroup } from "../device/groups.js";
import type { Overrides } from "../device/pipelines.js";
import { compose, type WgslName } from "./compose.js";

/** Fields of a uniform block, in the order of the WGSL struct; all are 4 bytes wide. */
export type ParamTypes = Readonly<Record<string, "u32" | "i32" | "f32">>;

/** What a kernel reads and writes: anything that lives in a buffer of a GPU device. */
export interface KernelArgument {
  readonly gpu: BufferRange & { readonly device: GpuDevice };
  /** "f16" chooses the variant of the shader that stores halves: see lib/store.wgsl. */
  readonly dtype?: string;
}

/** One launch: what is bound, the uniform block, workgroups. */
export interface KernelCall<P extends ParamTypes> {
  readonly tensors: readonly [KernelArgument, ...KernelArgument[]];
  readonly params: { readonly [K in keyof P]: number };
  /** Workgroups in all (folded when many), or per dimension. */
  readonly groups?: number | readonly [number, number, number];
  /** In place of `groups`, for shaders of lib/items.wgsl: how many items there are. */
  readonly items?: number;
  readonly overrides?: Overrides;
  /** Arithmetic operations of this launch, where they are what it is about; for profiles. */
  readonly flop?: number;
}

/** A handle: call it to launch the kernel. */
export type Kernel<P extends ParamTypes> = (call: KernelCall<P>) => void;

/**
 * The handle of a shader. It compiles at its first launch on a device; an error in the WGSL is
 * thrown as a DeviceError by the next wait, with the line of the .wgsl file.
 * @param types the fields of the uniform block, in the order of the WGSL struct.
 * @param prelude WGSL text put in front: aliases, and on its last line, which reports show, the
 * function of an elementwise family.
 * @param of what reports show instead of that line.
 */
export function kernel<const P extends ParamTypes>(
  name: WgslName,
  types: P,
  prelude = "",
  of = prelude.split("\n").at(-1),
): Kernel<P> {
  const title = of ? `${name}: ${of}` : name;
  const pack = packer(types);
  // By element type, and by how threads join.
  const texts: (string | undefined)[] = [];
  return ({ tensors, params, items = 1, groups, overrides = NO_OVERRIDES, flop }) => {
    const half = tensors.some(({ dtype }) => dtype === "f16");
    const label = half ? `${title} (f16)` : title;
    const buffers = tensors.map((x) => x.gpu);
    const { device } = tensors[0].gpu;
    const subgroup = joinsInSubgroup(device);
    const at = Number(half) + 2 * Number(subgroup);
    texts[at] ??= compose(name, { prelude, half, subgroup });
    const source = texts[at] ?? "";
    const spread = groups ?? itemGroups(items, device.software);
    const uniform = pack(params);
    device.launch({ label, source, overrides, groups: spread, buffers, uniform, flop });
  };
}

const NO_OVERRIDES: Overrides = {};

/**
 * Params → a uniform block. What is known of the fields is settled before the first launch, and the
 * same numbers as last time give the same block: nobody writes to it again.
 */
function packer<P extends ParamTypes>(
  types: P,
): (params: { readonly [K in keyof P]: number }) => ArrayBuffer {
  const names: readonly (keyof P)[] = Object.keys(types);
  const isFloat = names.map((name) => types[name] === "f32");
  const bytes = Math.max(16, Math.ceil(names.length / 4) * 16);
  let last: { readonly values: readonly number[]; readonly block: ArrayBuffer } | undefined;
  return (params) => {
    const values = names.map((name) => Number(params[name]));
    if (last?.values.every((value, i) => Object.is(value, values[i]))) return last.block;
    const block = new ArrayBuffer(bytes);
    const words = new Uint32Array(block);
    const floats = new Float32Array(block);
    values.forEach((value, i) => {
      if (isFloat[i]) floats[i] = value;
      else words[i] = value;
    });
    last = { values, block };
    return block;
  };
}
