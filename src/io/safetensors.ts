/**
 * The safetensors container: u64 length N, N bytes of JSON, then raw little-endian values.
 *
 *     { "name": { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] }, "__metadata__": {…} }
 */
import { FormatError } from "../errors.js";
import type { TensorData } from "../tensor/dtype.js";
import { float16ToFloat32, float32ToFloat16 } from "../tensor/half.js";
import { type Shape, showShape, sizeOf } from "../tensor/shape.js";

/** A stored tensor: F32 values, F16 values (read as f32), I32 or U32 integers, or BOOL bytes. */
export interface SafeTensor {
  readonly shape: Shape;
  readonly values: TensorData;
}

export interface SafeTensorsFile {
  readonly tensors: Map<string, SafeTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** How tensors are written: exactly (F32), or with half the bytes (F16, rounded to nearest). */
export type StorePrecision = "F32" | "F16";

const LENGTH_BYTES = 8;
const METADATA = "__metadata__";
const WIDTH: Readonly<Record<string, number>> = { F32: 4, I32: 4, U32: 4, F16: 2, BOOL: 1 };

export function writeSafeTensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>> = {},
  precision: StorePrecision = "F32",
): Uint8Array<ArrayBuffer> {
  // A list of entries, not an assignment to a key: a tensor may be called `__proto__`.
  const header: [string, unknown][] = [[METADATA, metadata]];
  let offset = 0;
  const parts: { at: number; bytes: Uint8Array }[] = [];
  for (const [name, { shape, values }] of tensors) {
    checkStored(name, shape, values);
    const dtype = storedAs(values, precision);
    const bytes = encode(values, dtype);
    header.push([name, { dtype, shape, data_offsets: [offset, offset + bytes.length] }]);
    parts.push({ at: offset, bytes });
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // The values start at a multiple of 8, as the format recommends; JSON allows trailing blanks.
  const padded = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(LENGTH_BYTES + padded + offset).fill(0x20, LENGTH_BYTES);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(json, LENGTH_BYTES);
  for (const { at, bytes } of parts) file.set(bytes, LENGTH_BYTES + padded + at);
  return file;
}

function checkStored(name: string, shape: Shape, values: { readonly length: number }): void {
  if (name !== METADATA && values.length === sizeOf(shape)) return;
  throw new FormatError(
    `safetensors: ${name} ${showShape(shape)} with ${values.length} values cannot be written. ` +
      `Give as many values as the shape has elements, under a name other than ${METADATA}.`,
  );
}

/** @throws FormatError that says what is wrong with the file, naming `source`. */
export function readSafeTensors(file: Uint8Array, source = "file"): SafeTensorsFile {
  const { header, body } = split(file, source);
  const { [METADATA]: metadata = {}, ...entries } = header;
  if (!isRecord(metadata) || Object.values(metadata).some((v) => typeof v !== "string")) {
    throw damaged(source, `its ${METADATA} is no table of texts`);
  }
  const tensors = new Map<string, SafeTensor>();
  for (const [name, value] of Object.entries(entries)) {
    const entry = checkEntry(name, value, body.length, source);
    const [begin, end] = entry.data_offsets;
    const values = decode(body.slice(begin, end), entry.dtype);
    tensors.set(name, { shape: entry.shape, values });
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

function split(file: Uint8Array, source: string) {
  if (file.length < LENGTH_BYTES) throw damaged(source, `it has only ${file.length} bytes`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > file.length - LENGTH_BYTES) {
    throw damaged(source, `its header claims ${length} bytes, the file has ${file.length}`);
  }
  const text = new TextDecoder().decode(file.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  return { header: parseHeader(text, source), body: file.subarray(LENGTH_BYTES + length) };
}

function parseHeader(text: string, source: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw damaged(source, "its header is no JSON");
  }
  if (!isRecord(header)) throw damaged(source, "its header is no table of tensors");
  return header;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list of whole numbers ≥ 0. */
function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function checkEntry(name: string, value: unknown, available: number, source: string): Entry {
  const { dtype, shape, data_offsets: range } = isRecord(value) ? value : {};
  if (typeof dtype !== "string" || !isSizes(shape) || !isSizes(range) || range.length !== 2) {
    throw damaged(source, `the entry ${name} is incomplete`);
  }
  const width = Object.hasOwn(WIDTH, dtype) ? WIDTH[dtype] : undefined;
  if (width === undefined)
    throw damaged(source, `${name} is ${dtype}; F32, F16, I32, U32 and BOOL are read`);
  const [begin = 0, end = 0] = range;
  if (end > available) {
    throw damaged(source, `${name} ends at byte ${end} of ${available}: the file is cut off`);
  }
  if (end - begin !== width * sizeOf(shape)) {
    throw damaged(source, `${name} ${showShape(shape)} does not fit ${end - begin} bytes`);
  }
  return { dtype, shape, data_offsets: [begin, end] };
}

function damaged(source: string, what: string): FormatError {
  return new FormatError(
    `${source} is no readable safetensors file: ${what}. Restore it, or name another one.`,
  );
}

function storedAs(values: TensorData, precision: StorePrecision): string {
  if (values instanceof Float32Array) return precision;
  if (values instanceof Uint8Array) return "BOOL";
  return values instanceof Int32Array ? "I32" : "U32";
}

function encode(values: TensorData, dtype: string): Uint8Array {
  const raw = dtype === "F16" ? Uint16Array.from(values, float32ToFloat16) : values;
  return new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
}

function decode(bytes: Uint8Array<ArrayBuffer>, dtype: string): TensorData {
  if (dtype === "U32") return new Uint32Array(bytes.buffer);
  if (dtype === "I32") return new Int32Array(bytes.buffer);
  if (dtype === "BOOL") return bytes;
  if (dtype === "F32") return new Float32Array(bytes.buffer);
  return Float32Array.from(new Uint16Array(bytes.buffer), float16ToFloat32);
}
