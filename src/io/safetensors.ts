/**
 * The safetensors container in memory: a header, then raw little-endian values. Files of models
 * that are larger than a few hundred MiB are streamed instead: `openSafeTensors` in
 * node-safetensors.ts.
 */
import { FormatError } from "../errors.js";
import type { Dtype, TensorData } from "../tensor/dtype.js";
import { type Shape, showShape, sizeOf } from "../tensor/shape.js";
import {
  damaged,
  type Entry,
  formatHeader,
  headerLength,
  LENGTH_BYTES,
  METADATA,
  parseHeader,
  unreadable,
} from "./safetensors-header.js";
import { decodeStored, encodeStored, type StorePrecision, storedAs } from "./safetensors-values.js";

export type { StorePrecision } from "./safetensors-values.js";

/** A stored tensor: F32 values, F16 and BF16 values (read as f32), I32, U32, or BOOL bytes. */
export interface SafeTensor {
  readonly shape: Shape;
  readonly values: TensorData;
}

/** The contents of a safetensors file: tensors by name, and texts about them. */
export interface SafeTensorsFile {
  readonly tensors: Map<string, SafeTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Tensors by name → the bytes of a safetensors file.
 * @throws FormatError when a tensor cannot be stored under its name.
 */
export function writeSafeTensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>> = {},
  precision: StorePrecision = "F32",
): Uint8Array<ArrayBuffer> {
  const entries: [string, Entry][] = [];
  let offset = 0;
  const parts: { at: number; bytes: Uint8Array }[] = [];
  for (const [name, { shape, values }] of tensors) {
    checkStored(name, shape, values.length);
    const dtype = storedAs(dtypeOf(values), precision);
    const bytes = encodeStored(values, dtype);
    entries.push([name, { dtype, shape, data_offsets: [offset, offset + bytes.length] }]);
    parts.push({ at: offset, bytes });
    offset += bytes.length;
  }
  const header = formatHeader(entries, metadata);
  const file = new Uint8Array(header.length + offset);
  file.set(header);
  for (const { at, bytes } of parts) file.set(bytes, header.length + at);
  return file;
}

/** @throws FormatError when a tensor cannot be stored under its name. */
export function checkStored(name: string, shape: Shape, length: number): void {
  if (name !== METADATA && length === sizeOf(shape)) return;
  throw new FormatError(
    `safetensors: ${name} ${showShape(shape)} with ${length} values cannot be written. ` +
      `Give as many values as the shape has elements, under a name other than ${METADATA}.`,
  );
}

/**
 * The bytes of a safetensors file → tensors by name; bfloat16 and float16 become f32.
 * @throws FormatError that says what is wrong with the file, naming `source`.
 */
export function readSafeTensors(file: Uint8Array, source = "file"): SafeTensorsFile {
  const start = LENGTH_BYTES + headerLength(file.subarray(0, LENGTH_BYTES), file.length, source);
  const body = file.subarray(start);
  const header = parseHeader(file.subarray(LENGTH_BYTES, start), body.length, source);
  const tensors = new Map<string, SafeTensor>();
  for (const [name, { dtype, shape, data_offsets }] of header.entries) {
    const problem = unreadable(name, dtype);
    if (problem) throw damaged(source, problem);
    const [begin, end] = data_offsets;
    tensors.set(name, { shape, values: decodeStored(body.slice(begin, end), dtype) });
  }
  return { tensors, metadata: header.metadata };
}

function dtypeOf(values: TensorData): Dtype {
  if (values instanceof Float32Array) return "f32";
  if (values instanceof Uint8Array) return "bool";
  return values instanceof Int32Array ? "i32" : "u32";
}
