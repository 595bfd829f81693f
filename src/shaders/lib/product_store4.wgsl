// As lib/product_store.wgsl, where four columns are neighbours in memory and 4 divides N and every place: one
// store for four sums.
//: use lib/product.wgsl
@group(0) @binding(3) var<storage, read_write> c: array<Store4>;

fn put_four(at: u32, i: u32, j: u32, gap: u32, sums: vec4f) {
  if (j >= params.N) { return; }
  let y = scaled(i, j, gap, sums);
  if (ADD) {
    c[at / 4] = Store4(vec4f(c[at / 4]) + y);
  } else {
    c[at / 4] = Store4(y);
  }
}
