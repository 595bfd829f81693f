// out = f(a, b) for tensors of one shape, four elements per thread.
// The aliases are those of elements.ts; `f` is the family's function: fn f(a: Value4, b: Value4) -> Value4.
//: use lib/store.wgsl
//: use lib/items.wgsl
//: use lib/special.wgsl
//: use lib/truth.wgsl
struct Params {
  vectors: u32,
}
@group(0) @binding(0) var<storage, read> a: array<In4>;
@group(0) @binding(1) var<storage, read> b: array<In4>;
@group(0) @binding(2) var<storage, read_write> out: array<Out4>;
@group(0) @binding(3) var<uniform> params: Params;

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  out[i] = Out4(f(Value4(a[i]), Value4(b[i])));
}
