// NaN and infinity by their bits, four elements at a time: WGSL lets a compiler assume that neither
// occurs, so `x != x` may be folded to false.
fn magnitude_bits(x: vec4f) -> vec4u {
  return bitcast<vec4u>(x) & vec4u(0x7fffffffu);
}

fn nan4(x: vec4f) -> vec4<bool> {
  return magnitude_bits(x) > vec4u(0x7f800000u);
}

fn finite4(x: vec4f) -> vec4<bool> {
  return magnitude_bits(x) < vec4u(0x7f800000u);
}

fn no_nan(a: vec4f, b: vec4f) -> vec4<bool> {
  return !(nan4(a) | nan4(b));
}
