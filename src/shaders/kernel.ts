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
  readonly groups: number | readonly [number, number, number];
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
  let full: string | undefined;
  let halved: string | undefined;
  return ({ tensors, params, groups, overrides = {}, flop }) => {
    const half = tensors.some(({ dtype }) => dtype === "f16");
    const label = half ? `${title} (f16)` : title;
    if (half) halved ??= compose(name, { prelude, half });
    else full ??= compose(name, { prelude });
    const source = (half ? halved : full) ?? "";
    const buffers = tensors.map(({ gpu: { buffer, offset, size } }) => ({ buffer, offset, size }));
    const uniform = packParams(types, params);
    const { device } = tensors[0].gpu;
    const launch = { label, source, overrides, groups, buffers, uniform };
    device.launch(flop === undefined ? launch : { ...launch, flop });
  };
}

function packParams<P extends ParamTypes>(
  types: P,
  params: { readonly [K in keyof P]: number },
): ArrayBuffer {
  const names = Object.keys(types);
  const view = new DataView(new ArrayBuffer(Math.max(16, Math.ceil(names.length / 4) * 16)));
  names.forEach((name, i) => {
    const value = Number(params[name as keyof P]);
    if (types[name] === "f32") view.setFloat32(4 * i, value, true);
    else if (types[name] === "i32") view.setInt32(4 * i, value, true);
    else view.setUint32(4 * i, value, true);
  });
  return view.buffer;
}
