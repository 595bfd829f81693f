// out = f(a, value) or f(value, a), where value is a number that arrives as a uniform.
//: use lib/store.wgsl
//: use lib/index.wgsl
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

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i >= params.vectors) {
    return;
  }
  if (NUMBER_FIRST) {
    out[i] = Out4(f(Value4(params.value), Value4(a[i])));
  } else {
    out[i] = Out4(f(Value4(a[i]), Value4(params.value)));
  }
}
