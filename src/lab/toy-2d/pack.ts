/** Parameters as text: float32, little-endian, base64. Exact, and a quarter of the size of numbers. */
import type { Tensor } from "../../tensor/tensor.js";

export type Packed = Readonly<Record<string, string>>;

export async function packed(tensors: ReadonlyMap<string, Tensor>): Promise<Packed> {
  const found: Record<string, string> = {};
  for (const [name, x] of tensors) found[name] = pack(Float32Array.from(await x.data()));
  return found;
}

export function pack(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  let text = "";
  for (let i = 0; i < view.byteLength; i++) text += String.fromCharCode(view.getUint8(i));
  return btoa(text);
}

export function unpack(text: string): Float32Array {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
