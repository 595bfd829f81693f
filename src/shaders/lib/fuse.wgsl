// Where the elements of a fused function's operands lie. Operand k has three outer strides and, in
// w, whether it runs on along the innermost axis (1) or stands still (0). FLAT: there is one axis.
//: use lib/store.wgsl
//: use lib/accurate.wgsl
//: use lib/items.wgsl
//: use lib/special.wgsl
//: use lib/truth.wgsl
struct Params {
  total: u32,
  inner: u32,
  size_1: u32,
  size_2: u32,
  strides: array<vec4u, INPUTS>,
}
override FLAT: bool = true;

struct Place {
  index: u32,
  column: u32,
  outer: vec3u,
}

fn place_of(i: u32) -> Place {
  if (FLAT) {
    return Place(i, i, vec3u());
  }
  let row = i / params.inner;
  let rest = row / params.size_2;
  let i_0 = rest / params.size_1;
  return Place(
    i,
    i - row * params.inner,
    vec3u(i_0, rest - i_0 * params.size_1, row - rest * params.size_2),
  );
}

// Where the row of operand k begins.
fn row_of(at: Place, k: u32) -> u32 {
  if (FLAT) {
    return 0u;
  }
  let s = params.strides[k];
  return at.outer.x * s.x + at.outer.y * s.y + at.outer.z * s.z;
}

// Infinity or NaN by its bits: WGSL has no constant for them.
fn not_finite(bits: u32) -> vec4f {
  return bitcast<vec4f>(vec4u(bits | (params.total & 0u)));
}
