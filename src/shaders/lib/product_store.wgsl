// Writes a product with any strides: put_four(at, j, gap, y), a row's elements of the columns j, j + gap, …,
// of which the first lies at `at`. Whole fours are told apart first: each branch costs a software
// adapter as much as what it guards.
//: use lib/product.wgsl
@group(0) @binding(3) var<storage, read_write> c: array<Store>;

fn put(at: u32, y: f32) {
  if (ADD) {
    c[at] = Store(f32(c[at]) + y);
  } else {
    c[at] = Store(y);
  }
}

fn put_four(at: u32, j: u32, gap: u32, y: vec4f) {
  let hop = gap * params.c_col;
  if (j + 3 * gap < params.N) {
    put(at, y.x);
    put(at + hop, y.y);
    put(at + 2 * hop, y.z);
    put(at + 3 * hop, y.w);
    return;
  }
  for (var n = 0u; n < 3 && j + n * gap < params.N; n++) { put(at + n * hop, y[n]); }
}
