/**
 * IEEE 754 half precision on the host: 1 sign bit, 5 of exponent, 10 of fraction.
 *
 *     largest 65504,  smallest normal 2⁻¹⁴,  smallest 2⁻²⁴,  spacing at 1: 2⁻¹⁰
 */

const scratch = new DataView(new ArrayBuffer(4));

/** IEEE half from single, rounded to nearest even; too large becomes infinity. */
export function float32ToFloat16(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  // Subnormal: a multiple of 2^-24. Near 2^52 a float64 is a whole number, rounded to even.
  if (magnitude < 0x38800000) return sign | (Math.abs(value) * 2 ** 24 + 2 ** 52 - 2 ** 52);
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000;
  return sign | (rounded >>> 13);
}

export function float16ToFloat32(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest half, even at ties; ±∞ from 65520 on. */
export function roundToHalf(value: number): number {
  return float16ToFloat32(float32ToFloat16(value));
}
