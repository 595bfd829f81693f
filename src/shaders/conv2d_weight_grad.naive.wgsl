// Weight gradient of a 2-D convolution, one thread per weight.
//
//     dw[o, c, ky, kx] = Σ_{n, i, j} dy[n, o, i, j] ·
//                          x[n, c, i·stride + ky·dilation − pad, j·stride + kx·dilation − pad]
//
// x [N, groups·C, H, W], dy [N, groups·O, OH, OW] → dw [groups·O, C, KH, KW]; x is 0 outside.
// The batch may be split: part s sums `images` pictures into dw[s]; a second pass adds them up.
//: use lib/index.wgsl
struct Params {
  batch: u32, groups: u32, C: u32, O: u32, // channels per group
  H: i32, W: i32, OH: u32, OW: u32,
  KH: u32, KW: u32, stride: i32, images: u32, // images per part
  pad_y: i32, pad_x: i32, dilation: i32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let channels = params.groups * params.O;
  let weights = channels * params.C * params.KH * params.KW;
  let thread = linear_group(wid, grid) * WORKGROUP + local;
  let parts = max(1, (params.batch + params.images - 1) / params.images);
  if (thread >= weights * parts) { return; }
  let part = thread / weights;
  let index = thread % weights;
  let kx = i32(index % params.KW);
  let ky = i32(index / params.KW % params.KH);
  let c = index / params.KW / params.KH % params.C;
  let o = index / params.KW / params.KH / params.C;
  let channel = o / params.O * params.C + c;

  var sum = 0f;
  let end = min((part + 1) * params.images, params.batch);
  for (var n = part * params.images; n < end; n++) {
    let x0 = i32((n * params.groups * params.C + channel)) * params.H;
    for (var oy = 0u; oy < params.OH; oy++) {
      let iy = i32(oy) * params.stride + ky * params.dilation - params.pad_y;
      if (iy < 0 || iy >= params.H) { continue; }
      let dy0 = ((n * channels + o) * params.OH + oy) * params.OW;
      for (var ox = 0u; ox < params.OW; ox++) {
        let ix = i32(ox) * params.stride + kx * params.dilation - params.pad_x;
        if (ix < 0 || ix >= params.W) { continue; }
        sum = fma(dy[dy0 + ox], x[(x0 + iy) * params.W + ix], sum);
      }
    }
  }
  dw[thread] = sum;
}
