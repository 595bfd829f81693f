// out = f(a, b) with broadcasting, where the innermost axis is a multiple of four: one vec4 a thread.
// Along it each operand runs on (INNER 1) or stands still (INNER 0). `total` and `inner` count vec4s.
//: use lib/index.wgsl
//: use lib/special.wgsl
//: use lib/broadcast.wgsl
override A_INNER: bool = true;
override B_INNER: bool = true;
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(wid, groups) * 64u + thread;
  if (i >= params.total) {
    return;
  }
  let row = i / params.inner;
  let column = i - row * params.inner;
  let at = row_offsets(params, row);
  var x: vec4f;
  if (A_INNER) {
    x = a[at.x / 4u + column];
  } else {
    x = vec4f(a[at.x / 4u][at.x % 4u]);
  }
  var y: vec4f;
  if (B_INNER) {
    y = b[at.y / 4u + column];
  } else {
    y = vec4f(b[at.y / 4u][at.y % 4u]);
  }
  out[i] = f(x, y);
}
