// out[i] = word: the same four bytes everywhere, whatever the element type; four words a thread.
//: use lib/index.wgsl
struct Params {
  vectors: u32,
  word: u32,
}
@group(0) @binding(0) var<storage, read_write> out: array<vec4u>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i < params.vectors) {
    out[i] = vec4u(params.word);
  }
}
