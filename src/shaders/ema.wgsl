// average = decay * average + (1 - decay) * value, in place.
//: use lib/index.wgsl
struct Params {
  vectors: u32,
  decay: f32,
}
@group(0) @binding(0) var<storage, read> value: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> average: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i < params.vectors) {
    average[i] = params.decay * average[i] + (1.0 - params.decay) * value[i];
  }
}
