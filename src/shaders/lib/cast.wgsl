// Conversions between element types, four elements at a time, by their bits where WGSL leaves the
// result open (NaN, infinity, overflow, rounding). Four halves are two words: nothing here needs
// shader-f16.
//: use lib/truth.wgsl

// A half's 16 bits from a float: to nearest, ties to even; too large becomes infinity.
fn half_bits(x: vec4f) -> vec4u {
  let sign = (bitcast<vec4u>(x) >> vec4u(16u)) & vec4u(0x8000u);
  let m = magnitude_bits(x);
  let exponent = m >> vec4u(23u);
  let normal = (m + 0xfffu + ((m >> vec4u(13u)) & vec4u(1u)) - 0x38000000u) >> vec4u(13u);
  // Below 2^-14: the fraction, with its leading 1, is shifted to multiples of 2^-24.
  let fraction = (m & vec4u(0x7fffffu)) | vec4u(0x800000u);
  let shift = clamp(126u - min(exponent, vec4u(126u)), vec4u(1u), vec4u(25u));
  let odd = (fraction >> shift) & vec4u(1u);
  let small = (fraction + (vec4u(1u) << (shift - 1u)) - 1u + odd) >> shift;
  let finite = select(normal, small, m < vec4u(0x38800000u));
  let large = select(vec4u(0x7c00u), vec4u(0x7e00u), nan4(x));
  return sign | select(finite, large, m >= vec4u(0x47800000u));
}

fn to_halves(x: vec4f) -> vec2u {
  let h = half_bits(x);
  return h.xz | (h.yw << vec2u(16u));
}

fn from_halves(words: vec2u) -> vec4f {
  let h = vec4u(words.x & 0xffffu, words.x >> 16u, words.y & 0xffffu, words.y >> 16u);
  let m = h & vec4u(0x7fffu);
  let special = (m << vec4u(13u)) | vec4u(0x7f800000u);
  let normal = (m << vec4u(13u)) + vec4u(0x38000000u);
  let small = bitcast<vec4u>(vec4f(m) * 5.9604644775390625e-8);
  let finite = select(normal, small, m < vec4u(0x400u));
  let bits = select(finite, special, m >= vec4u(0x7c00u));
  return bitcast<vec4f>(bits | ((h & vec4u(0x8000u)) << vec4u(16u)));
}

// Towards zero; what lies outside becomes the nearest integer, NaN becomes 0.
fn to_i32(x: vec4f) -> vec4i {
  let inside = vec4i(clamp(x, vec4f(-2147483648.0), vec4f(2147483520.0)));
  let y = select(inside, vec4i(0x7fffffff), x >= vec4f(2147483648.0));
  return select(y, vec4i(), nan4(x));
}

fn to_u32(x: vec4f) -> vec4u {
  let inside = vec4u(clamp(x, vec4f(), vec4f(4294967040.0)));
  let y = select(inside, vec4u(0xffffffffu), x >= vec4f(4294967296.0));
  return select(y, vec4u(), nan4(x));
}

fn to_bool(x: vec4f) -> vec4u {
  return vec4u(magnitude_bits(x) != vec4u());
}
