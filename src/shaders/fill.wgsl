// out[i] = value, four elements a thread. For the aliases see elements.ts.
//: use lib/store.wgsl
//: use lib/index.wgsl
struct Params {
  vectors: u32,
  value: f32,
}
@group(0) @binding(0) var<storage, read_write> out: array<Out4>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i < params.vectors) {
    out[i] = Out4(Value4(Value(params.value)));
  }
}
