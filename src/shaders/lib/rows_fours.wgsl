// Rows of `a` that lie along k, four steps at a time: rows_at(batch, rows), the places of four rows;
// load_row(at), four steps of one; row_step(), how far on the next four lie. For lib/matmul.vec4.wgsl.
//: use lib/product.wgsl
@group(0) @binding(0) var<storage, read> a: array<Store4>;

fn rows_at(batch: u32, rows: vec4u) -> vec4u {
  return a_first(batch) / 4 + rows * (params.a_row / 4);
}

fn load_row(at: u32) -> vec4f {
  return vec4f(a[at]);
}

fn row_step() -> u32 {
  return 1;
}
