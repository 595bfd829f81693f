// out = f(a, value) or f(value, a), where value is a number that arrives as a uniform.
//: use lib/store.wgsl
//: use lib/items.wgsl
//: use lib/special.wgsl
//: use lib/truth.wgsl
struct Params {
  vectors: u32,
  value: Value,
}
override NUMBER_FIRST: bool = false;
@group(0) @binding(0) var<storage, read> a: array<In4>;
@group(0) @binding(1) var<storage, read_write> out: array<Out4>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  if (NUMBER_FIRST) {
    out[i] = Out4(f(Value4(params.value), Value4(a[i])));
  } else {
    out[i] = Out4(f(Value4(a[i]), Value4(params.value)));
  }
}
