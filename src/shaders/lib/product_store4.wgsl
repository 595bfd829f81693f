// As lib/product_store.wgsl, where four columns are neighbours in memory and 4 divides N and every place: one
// store for four elements.
//: use lib/product.wgsl
@group(0) @binding(3) var<storage, read_write> c: array<Store4>;

fn put_four(at: u32, j: u32, gap: u32, y: vec4f) {
  if (j >= params.N) { return; }
  if (ADD) {
    c[at / 4] = Store4(vec4f(c[at / 4]) + y);
  } else {
    c[at / 4] = Store4(y);
  }
}
