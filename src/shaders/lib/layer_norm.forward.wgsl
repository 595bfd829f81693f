// out = (x - mean) / sqrt(var + eps) * weight + bias over rows, THREADS threads per row.
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
//: use lib/layer_norm.wgsl
@group(0) @binding(0) var<storage, read> x: array<StoreLanes>;
@group(0) @binding(1) var<storage, read> weight: array<StoreLanes>;
@group(0) @binding(2) var<storage, read> bias: array<StoreLanes>;
@group(0) @binding(3) var<storage, read_write> out: array<StoreLanes>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = row_of(linear_group(wid, groups), thread);
  let m = moments(row, thread);
  for (var i = row.first; i < row.end; i += THREADS) {
    let xhat = (Lanes(x[row.base + i]) - m.x) * m.y;
    out[row.base + i] = StoreLanes(xhat * Lanes(weight[i]) + Lanes(bias[i]));
  }
}
