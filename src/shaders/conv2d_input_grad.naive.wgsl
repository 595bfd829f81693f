// Input gradient of a 2-D convolution, one thread per element of dx.
//
//     dx[n, c, iy, ix] = Σ_{o, ky, kx} w[o, c, ky, kx] ·
//              dy[n, o, (iy + pad − ky·dilation) / stride, (ix + pad − kx·dilation) / stride]
//
// over the taps for which both divisions are exact and stay inside dy; o runs over c's group.
// dy [N, groups·O, OH, OW], w [groups·O, C, KH, KW] → dx [N, groups·C, H, W].
//: use lib/index.wgsl
struct Params {
  batch: u32, groups: u32, C: u32, O: u32, // channels per group
  H: u32, W: u32, OH: i32, OW: i32,
  KH: u32, KW: u32, stride: u32, pad: u32,
  dilation: u32, tap_step: u32, dy_step: i32,
}
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override WORKGROUP: u32 = 64;

/** The output position a tap reads, or -1 where there is none. */
fn source(i: u32, k: u32, size: i32) -> i32 {
  let at = i32(i + params.pad) - i32(k * params.dilation);
  let s = i32(params.stride);
  return select(-1, at / s, at >= 0 && at % s == 0 && at / s < size);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let channels = params.groups * params.C;
  let index = linear_group(wid, grid) * WORKGROUP + local;
  if (index >= params.batch * channels * params.H * params.W) { return; }
  let ix = index % params.W;
  let iy = index / params.W % params.H;
  let channel = index / params.W / params.H % channels;
  let n = index / params.W / params.H / channels;
  let group = channel / params.C;
  let c = channel % params.C;

  var sum = 0f;
  for (var ky = 0u; ky < params.KH; ky++) {
    let oy = source(iy, ky, params.OH);
    if (oy < 0) { continue; }
    for (var kx = 0u; kx < params.KW; kx++) {
      let ox = source(ix, kx, params.OW);
      if (ox < 0) { continue; }
      for (var o = group * params.O; o < (group + 1) * params.O; o++) {
        let row = i32(n * params.groups * params.O + o) * params.OH + oy;
        let weight = w[((o * params.C + c) * params.KH + ky) * params.KW + kx];
        sum = fma(dy[row * params.OW + ox], weight, sum);
      }
    }
  }
  dx[index] = sum;
}
