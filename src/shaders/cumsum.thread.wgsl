// out_k = x_0 + ... + x_k along lines, or x_k + ... in reverse; one thread per line.
//: use lib/index.wgsl
//: use lib/cumsum.wgsl
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let line = linear_group(wid, groups) * 64u + thread;
  if (line >= params.lines) {
    return;
  }
  let base = line_offset(params, line);
  var sum = 0.0;
  for (var j = 0u; j < params.size; j += 1u) {
    let at = base + element_offset(params, 0u, params.size, j);
    sum += x[at];
    out[at] = sum;
  }
}
