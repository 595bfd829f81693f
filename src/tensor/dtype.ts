/**
 * Element types.
 *
 *     f32, f16     floating point            f16 needs an adapter with the feature shader-f16
 *     i32, u32     32-bit integers           indices, tokens, random bits
 *     bool         truth values              what comparisons give
 *
 * On an adapter bool is a u32 that holds 0 or 1: WGSL's own bool may not lie in a buffer. f16 takes
 * two bytes; kernels load it into f32, compute in f32, and round when they store.
 * On the reference device every element is a float64: making a tensor and `cast` round to the
 * element type, arithmetic does not.
 */
import { DtypeError } from "../errors.js";
import { float16ToFloat32, float32ToFloat16, roundToHalf } from "./half.js";

/** An element type: see the header. */
export type Dtype = "f32" | "f16" | "i32" | "u32" | "bool";

/** Groups of element types, for what an op accepts. */
export const FLOATS: readonly Dtype[] = ["f32", "f16"];
export const NUMBERS: readonly Dtype[] = ["f32", "f16", "i32", "u32"];
export const DTYPES: readonly Dtype[] = ["f32", "f16", "i32", "u32", "bool"];

/** Values that a tensor can be made from, row-major. */
export type Values =
  | readonly number[]
  | readonly boolean[]
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array;

/** Values read back: Float32Array for f32 and f16, Uint8Array of 0 and 1 for bool. */
export type TensorData = Float32Array | Int32Array | Uint32Array | Uint8Array;

/** Bytes of one element in a buffer. */
export function bytesOf(dtype: Dtype): 2 | 4 {
  return dtype === "f16" ? 2 : 4;
}

/** The element type that values have by themselves: f32 unless they are integers or booleans. */
export function dtypeOf(values: Values): Dtype {
  if (values instanceof Int32Array) return "i32";
  if (values instanceof Uint32Array) return "u32";
  if (values instanceof Uint8Array || typeof values[0] === "boolean") return "bool";
  return "f32";
}

/** Host → buffer: the bytes of the elements, in whole words. */
export function encode(dtype: Dtype, values: Values, label: string): ArrayBufferView<ArrayBuffer> {
  if (dtype === "f32" && values instanceof Float32Array && values.buffer instanceof ArrayBuffer) {
    return values as Float32Array<ArrayBuffer>;
  }
  const list = numbersOf(dtype, values, label);
  if (dtype === "f32") return Float32Array.from(list);
  if (dtype === "i32") return Int32Array.from(list);
  if (dtype !== "f16") return Uint32Array.from(list);
  const halves = new Uint16Array(2 * Math.ceil(list.length / 2));
  for (let i = 0; i < list.length; i++) halves[i] = float32ToFloat16(list[i] ?? 0);
  return halves;
}

/** Buffer → host. */
export function decode(dtype: Dtype, bytes: ArrayBuffer, size: number): TensorData {
  if (dtype === "f32") return new Float32Array(bytes, 0, size);
  if (dtype === "i32") return new Int32Array(bytes, 0, size);
  if (dtype === "u32") return new Uint32Array(bytes, 0, size);
  if (dtype === "bool") return Uint8Array.from(new Uint32Array(bytes, 0, size));
  return Float32Array.from(new Uint16Array(bytes, 0, size), float16ToFloat32);
}

/** Float64 values of the reference device → host. */
export function fromFloat64(dtype: Dtype, values: Float64Array): TensorData {
  if (dtype === "i32") return Int32Array.from(values);
  if (dtype === "u32") return Uint32Array.from(values);
  return dtype === "bool" ? Uint8Array.from(values) : Float32Array.from(values);
}

/** Host → float64 values of the reference device: what the elements can hold, f32 apart. */
export function toFloat64(dtype: Dtype, values: Values, label: string): ArrayLike<number> {
  const list = numbersOf(dtype, values, label);
  if (dtype === "i32") return Int32Array.from(list);
  if (dtype === "u32") return Uint32Array.from(list);
  return dtype === "f16" ? Float64Array.from(list, roundToHalf) : list;
}

/** @throws DtypeError for a name that is none of the above. */
export function assertDtype(op: string, dtype: Dtype): void {
  if (DTYPES.includes(dtype)) return;
  throw new DtypeError(`${op}: "${dtype}" is no element type. Choose one of ${DTYPES.join(", ")}.`);
}

/** Element types that hold less than a number: the test of a value, and what to give. */
const EXACT: Readonly<Partial<Record<Dtype, readonly [(v: number) => boolean, string]>>> = {
  i32: [(v) => v === (v | 0), "whole numbers from -2147483648 to 2147483647"],
  u32: [(v) => v === v >>> 0, "whole numbers from 0 to 4294967295"],
  bool: [(v) => v === 0 || v === 1, "0, 1, false or true"],
};

/** Values that are elements of `dtype` as they are; f32 and f16 round. */
function numbersOf(dtype: Dtype, values: Values, label: string): ArrayLike<number> {
  const list = Array.isArray(values) ? values.map(numberOf(label)) : (values as ArrayLike<number>);
  const exact = EXACT[dtype];
  const sure = dtypeOf(values) === dtype && dtype !== "bool";
  if (!exact || sure) return list;
  const [holds, expected] = exact;
  for (let i = 0; i < list.length; i++) {
    if (holds(list[i] ?? Number.NaN)) continue;
    throw new DtypeError(
      `${label}: value ${i}, ${list[i]}, is no ${dtype}. Give ${expected}, or make the tensor with ` +
        `another dtype and cast(x, "${dtype}").`,
    );
  }
  return list;
}

function numberOf(label: string) {
  return (value: unknown, i: number): number => {
    if (typeof value === "number" || typeof value === "boolean") return Number(value);
    const what = Array.isArray(value) ? "a list" : typeof value;
    throw new DtypeError(
      `${label}: value ${i} is ${what}, no number. ` +
        "Give a flat list of numbers, row by row, and its shape beside it.",
    );
  };
}
