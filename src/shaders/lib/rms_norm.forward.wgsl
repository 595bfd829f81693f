// out = x / sqrt(mean x^2 + eps) * weight over rows, THREADS threads per row.
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
//: use lib/rms_norm.wgsl
@group(0) @binding(0) var<storage, read> x: array<StoreLanes>;
@group(0) @binding(1) var<storage, read> weight: array<StoreLanes>;
@group(0) @binding(2) var<storage, read_write> out: array<StoreLanes>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = row_of(linear_group(wid, groups), thread);
  let scale = scale_of(row, thread);
  for (var i = row.first; i < row.end; i += THREADS) {
    out[row.base + i] = StoreLanes(Lanes(x[row.base + i]) * scale * weight_of(i));
  }
}
