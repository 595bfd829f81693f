// out = f(a, b) with broadcasting, one element a thread: for innermost axes of any length.
//: use lib/store.wgsl
//: use lib/items.wgsl
//: use lib/special.wgsl
//: use lib/truth.wgsl
//: use lib/broadcast.wgsl
override A_INNER: bool = true;
override B_INNER: bool = true;
@group(0) @binding(0) var<storage, read> a: array<In>;
@group(0) @binding(1) var<storage, read> b: array<In>;
@group(0) @binding(2) var<storage, read_write> out: array<Out>;
@group(0) @binding(3) var<uniform> params: Params;

fn items() -> u32 { return params.total; }

fn item(i: u32) {
  let row = i / params.inner;
  let column = i - row * params.inner;
  let at = row_offsets(params, row) + vec2u(select(0u, column, A_INNER), select(0u, column, B_INNER));
  out[i] = Out(f(Value4(Value(a[at.x])), Value4(Value(b[at.y]))).x);
}
