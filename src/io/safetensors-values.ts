/**
 * Values as a safetensors file holds them, little-endian, and as tensors have them.
 *
 *     BF16 is the upper half of an F32; F16 is IEEE 754 half precision.
 */
import type { Dtype, TensorData } from "../tensor/dtype.js";
import { float16ToFloat32, float32ToFloat16 } from "../tensor/half.js";
import { widthOf } from "./safetensors-header.js";

/** How floats are written: exactly (F32), or with half the bytes (F16, rounded to nearest). */
export type StorePrecision = "F32" | "F16";

const OWN: Readonly<Record<Dtype, string>> = {
  ...{ f32: "F32", f16: "F16", i32: "I32", u32: "U32", bool: "BOOL" },
};

/** What a tensor of `dtype` is stored as: floats with `precision`, or without one as they are. */
export function storedAs(dtype: Dtype, precision?: StorePrecision): string {
  return dtype === "f32" || dtype === "f16" ? (precision ?? OWN[dtype]) : OWN[dtype];
}

/** What a stored tensor becomes: floats of the type `float`, others what they are. */
export function loadedAs(stored: string, float: "f32" | "f16"): Dtype {
  if (stored === "I32") return "i32";
  if (stored === "U32") return "u32";
  return stored === "BOOL" ? "bool" : float;
}

/** Whether the bytes in a buffer of `dtype` are those of the file. */
export function sameBytes(stored: string, dtype: Dtype): boolean {
  return OWN[dtype] === stored && dtype !== "bool";
}

export function encodeStored(values: TensorData, stored: string): Uint8Array {
  const raw = stored === "F16" ? toHalves(values) : values;
  return new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
}

function toHalves(values: TensorData): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = float32ToFloat16(values[i] ?? 0);
  return out;
}

/** `bytes` begin at a multiple of the element's width in their buffer; they may be shared. */
export function decodeStored(bytes: Uint8Array<ArrayBuffer>, stored: string): TensorData {
  const { buffer, byteOffset: at } = bytes;
  const size = bytes.length / widthOf(stored);
  if (stored === "U32") return new Uint32Array(buffer, at, size);
  if (stored === "I32") return new Int32Array(buffer, at, size);
  if (stored === "BOOL") return bytes;
  if (stored === "F32") return new Float32Array(buffer, at, size);
  const words = new Uint16Array(buffer, at, size);
  return stored === "BF16" ? fromUpperHalves(words) : fromHalves(words);
}

function fromUpperHalves(words: Uint16Array): Float32Array {
  const bits = new Uint32Array(words.length);
  for (let i = 0; i < words.length; i++) bits[i] = (words[i] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

/** Normal halves by their bits, about ten times as fast as by arithmetic; the others are few. */
function fromHalves(words: Uint16Array): Float32Array {
  const out = new Float32Array(words.length);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < words.length; i++) {
    const half = words[i] ?? 0;
    const exponent = half & 0x7c00;
    if (exponent === 0 || exponent === 0x7c00) out[i] = float16ToFloat32(half);
    else bits[i] = ((half & 0x8000) << 16) | (((half & 0x7fff) << 13) + 0x38000000);
  }
  return out;
}
