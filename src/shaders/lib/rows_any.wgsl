// As lib/rows_fours.wgsl, for an `a` with any strides.
//: use lib/product.wgsl
@group(0) @binding(0) var<storage, read> a: array<Store>;

fn rows_at(batch: u32, rows: vec4u) -> vec4u {
  return a_first(batch) + rows * params.a_row;
}

fn load_row(at: u32) -> vec4f {
  let step = params.a_col;
  return vec4f(f32(a[at]), f32(a[at + step]), f32(a[at + 2 * step]), f32(a[at + 3 * step]));
}

fn row_step() -> u32 {
  return 4 * params.a_col;
}
