// out = f(x), four elements per thread, from one element type to another: In4 and Out4 are four of
// each as they lie in the buffers, and `f` converts them: fn f(x: In4) -> Out4.
//: use lib/items.wgsl
//: use lib/cast.wgsl
struct Params {
  vectors: u32,
}
@group(0) @binding(0) var<storage, read> x: array<In4>;
@group(0) @binding(1) var<storage, read_write> out: array<Out4>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  out[i] = f(x[i]);
}
