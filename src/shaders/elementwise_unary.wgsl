// out = f(x), four elements per thread.
// The aliases are those of elements.ts; `f` is the family's function: fn f(x: Value4) -> Value4.
//: use lib/store.wgsl
//: use lib/accurate.wgsl
//: use lib/items.wgsl
//: use lib/special.wgsl
//: use lib/truth.wgsl
struct Params {
  vectors: u32,
}
@group(0) @binding(0) var<storage, read> x: array<In4>;
@group(0) @binding(1) var<storage, read_write> out: array<Out4>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  out[i] = Out4(f(Value4(x[i])));
}
