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
}

export interface KernelCall<P extends ParamTypes> {
  readonly tensors: readonly [KernelArgument, ...KernelArgument[]];
  readonly params: { readonly [K in keyof P]: number };
  /** Workgroups in all (folded when many), or per dimension. */
  readonly groups: number | readonly [number, number, number];
  readonly overrides?: Overrides;
}

export type Kernel<P extends ParamTypes> = (call: KernelCall<P>) => void;

/** @param prelude WGSL text put in front: the one-line function of an elementwise family. */
export function kernel<const P extends ParamTypes>(
  name: WgslName,
  types: P,
  prelude = "",
): Kernel<P> {
  const label = prelude === "" ? name : `${name}: ${prelude}`;
  let source: string | undefined;
  return ({ tensors, params, groups, overrides = {} }) => {
    source ??= `${prelude}\n${compose(name)}`;
    const buffers = tensors.map(({ gpu: { buffer, offset, size } }) => ({ buffer, offset, size }));
    const uniform = packParams(types, params);
    const { device } = tensors[0].gpu;
    device.launch({ label, source, overrides, groups, buffers, uniform });
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
