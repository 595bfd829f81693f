/**
 * The header of a safetensors file, which says where each tensor lies:
 *
 *     u64 length N, N bytes of JSON
 *     { "name": { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] }, "__metadata__": {…} }
 */
import { FormatError } from "../errors.js";
import { type Shape, showShape, sizeOf } from "../tensor/shape.js";

export interface Entry {
  readonly dtype: string;
  readonly shape: Shape;
  /** First byte and the one after the last, counted from the end of the header. */
  readonly data_offsets: readonly [number, number];
}

export interface Header {
  readonly entries: Map<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
}

export const LENGTH_BYTES = 8;
/** More than any header needs; the format's own limit. */
export const LONGEST_HEADER = 100_000_000;
export const METADATA = "__metadata__";

/** Bytes of one element, of every kind that the format has. */
const WIDTH: Readonly<Record<string, number>> = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 },
  ...{ I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 },
};
const READABLE: readonly string[] = ["F32", "F16", "BF16", "I32", "U32", "BOOL"];

export const RESTORE = ". Restore it, or name another one.";

export function damaged(source: string, what: string): FormatError {
  return new FormatError(`${source} is no readable safetensors file: ${what}${RESTORE}`);
}

export function widthOf(dtype: string): number {
  return Object.hasOwn(WIDTH, dtype) ? (WIDTH[dtype] ?? 0) : 0;
}

/** What is wrong with a tensor of this kind, if anything. */
export function unreadable(name: string, dtype: string): string | undefined {
  if (READABLE.includes(dtype)) return undefined;
  return `${name} is ${dtype}; F32, F16, BF16, I32, U32 and BOOL are read`;
}

/** Length, JSON and padding: all that comes before the values. */
export function formatHeader(
  entries: readonly (readonly [name: string, entry: Entry])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  // A list of entries, not an assignment to a key: a tensor may be called `__proto__`.
  const table = Object.fromEntries<unknown>([[METADATA, metadata], ...entries]);
  const json = new TextEncoder().encode(JSON.stringify(table));
  // The values start at a multiple of 8, as the format recommends; JSON allows trailing blanks.
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(LENGTH_BYTES + padded).fill(0x20, LENGTH_BYTES);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, LENGTH_BYTES);
  return header;
}

/** The N of a file of `size` bytes. @param start its first bytes */
export function headerLength(start: Uint8Array, size: number, source: string): number {
  if (start.length < LENGTH_BYTES) throw damaged(source, `it has only ${size} bytes`);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > size - LENGTH_BYTES) {
    throw damaged(source, `its header claims ${length} bytes, the file has ${size}`);
  }
  if (length <= LONGEST_HEADER) return length;
  throw damaged(source, `its header claims ${length} bytes, the format allows ${LONGEST_HEADER}`);
}

/** @param available bytes after the header */
export function parseHeader(bytes: Uint8Array, available: number, source: string): Header {
  const { [METADATA]: metadata = {}, ...table } = parseTable(bytes, source);
  if (!isRecord(metadata) || Object.values(metadata).some((v) => typeof v !== "string")) {
    throw damaged(source, `its ${METADATA} is no table of texts`);
  }
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(table)) {
    entries.set(name, checkEntry(name, value, available, source));
  }
  return { entries, metadata: metadata as Record<string, string> };
}

function parseTable(bytes: Uint8Array, source: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw damaged(source, "its header is no JSON");
  }
  if (!isRecord(header)) throw damaged(source, "its header is no table of tensors");
  return header;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
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
  const width = widthOf(dtype);
  if (width === 0) throw damaged(source, `${name} is ${dtype}, which the format does not have`);
  const [begin = 0, end = 0] = range;
  if (end > available) {
    throw damaged(source, `${name} ends at byte ${end} of ${available}: the file is cut off`);
  }
  if (end - begin !== width * sizeOf(shape)) {
    throw damaged(source, `${name} ${showShape(shape)} does not fit ${end - begin} bytes`);
  }
  return { dtype, shape, data_offsets: [begin, end] };
}
