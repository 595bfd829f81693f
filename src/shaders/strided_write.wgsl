// out[offset(i)] = x[first + i]: writes a tensor into a region of a larger one (concat, padding).
// `Word` is one raw element, or four neighbours: sizes and strides count words.
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<Word>;
@group(0) @binding(1) var<storage, read_write> out: array<Word>;
@group(0) @binding(2) var<uniform> params: Axes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i < params.total) {
    out[axes_offset(params, i)] = x[params.first + i];
  }
}
