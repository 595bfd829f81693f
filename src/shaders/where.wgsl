// out = cond ? a : b, four elements per thread. An operand that is one element stands for a tensor
// full of it (A_ONE, B_ONE), and one that is a number comes with the uniforms (A_NUMBER, B_NUMBER).
// Elements are moved, not computed with: what was not chosen leaves no trace, NaN included.
//: use lib/store.wgsl
//: use lib/items.wgsl
struct Params {
  vectors: u32,
  a_number: Value,
  b_number: Value,
}
override COND_ONE: bool = false;
override A_ONE: bool = false;
override B_ONE: bool = false;
override A_NUMBER: bool = false;
override B_NUMBER: bool = false;
@group(0) @binding(0) var<storage, read> cond: array<vec4u>;
@group(0) @binding(1) var<storage, read> a: array<In4>;
@group(0) @binding(2) var<storage, read> b: array<In4>;
@group(0) @binding(3) var<storage, read_write> out: array<Out4>;
@group(0) @binding(4) var<uniform> params: Params;

// Element i of an operand that one element fills, or that runs on.
fn filled(v: In4, one: bool) -> In4 {
  return select(v, In4(v.x), one);
}

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  var x = filled(a[select(i, 0u, A_ONE)], A_ONE);
  if (A_NUMBER) {
    x = In4(Value4(params.a_number));
  }
  var y = filled(b[select(i, 0u, B_ONE)], B_ONE);
  if (B_NUMBER) {
    y = In4(Value4(params.b_number));
  }
  let c = cond[select(i, 0u, COND_ONE)];
  let chosen = select(c, vec4u(c.x), COND_ONE) != vec4u();
  out[i] = select(y, x, chosen);
}
