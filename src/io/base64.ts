/** Bytes as text (RFC 4648, section 4), for JSON and data URIs; works in a browser as under Node. */
import { FormatError } from "../errors.js";

const PART = 8192;

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PART) {
    text += String.fromCharCode(...bytes.subarray(at, at + PART));
  }
  return btoa(text);
}

/** @throws FormatError for a text that is no base64. */
export function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch (cause) {
    throw new FormatError("fromBase64: the text is no base64. Restore the file it came from.", {
      cause,
    });
  }
}

/** Numbers as the base64 of their float32 bytes, little endian. */
export function floatsToBase64(values: ArrayLike<number>): string {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) bytes.setFloat32(4 * i, values[i] ?? 0, true);
  return toBase64(new Uint8Array(bytes.buffer));
}

export function floatsFromBase64(text: string): Float32Array {
  const { buffer, byteLength } = fromBase64(text);
  const bytes = new DataView(buffer);
  return Float32Array.from({ length: byteLength >> 2 }, (_, i) => bytes.getFloat32(4 * i, true));
}
