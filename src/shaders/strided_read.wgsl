// out[first + i] = x[offset(i)]: broadcasting, permutation, slices, flips.
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
    out[params.first + i] = x[axes_offset(params, i)];
  }
}
