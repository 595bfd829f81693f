// 2-D convolution (cross-correlation) with groups, one thread per output.
//
//     y[n, o, i, j] = bias[o] + Σ_{c, ky, kx} w[o, c, ky, kx] ·
//                     x[n, c, i·stride + ky·dilation − pad, j·stride + kx·dilation − pad]
//
// x [N, groups·C, H, W], w [groups·O, C, KH, KW] → y [N, groups·O, OH, OW]; c runs over the
// group of o; x is 0 outside the picture. The weights come with their strides, so that the input
// gradient at stride 1 is the same kernel: w turned by 180° (negative strides), in and out
// exchanged.
//: use lib/store.wgsl
//: use lib/index.wgsl
struct Params {
  batch: u32, groups: u32, C: u32, O: u32, // channels per group
  H: i32, W: i32, OH: u32, OW: u32,
  KH: u32, KW: u32, stride: u32, has_bias: u32,
  pad_y: i32, pad_x: i32,
  w_base: i32, w_group: i32, w_out: i32, w_in: i32, w_y: i32, w_x: i32, // strides of the weights
  dilation: i32,
}
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read> w: array<Store>;
@group(0) @binding(2) var<storage, read> bias: array<Store>;
@group(0) @binding(3) var<storage, read_write> y: array<Store>;
@group(0) @binding(4) var<uniform> params: Params;

override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let channels = params.groups * params.O;
  let index = linear_group(wid, grid) * WORKGROUP + local;
  if (index >= params.batch * channels * params.OH * params.OW) { return; }
  let ox = index % params.OW;
  let oy = index / params.OW % params.OH;
  let channel = index / params.OW / params.OH % channels;
  let n = index / params.OW / params.OH / channels;
  let group = channel / params.O;
  let w0 = params.w_base + i32(group) * params.w_group + i32(channel % params.O) * params.w_out;
  let x0 = i32((n * params.groups + group) * params.C);

  var sum = select(0f, f32(bias[channel]), params.has_bias != 0);
  for (var c = 0; c < i32(params.C); c++) {
    for (var ky = 0; ky < i32(params.KH); ky++) {
      let iy = i32(oy * params.stride) + ky * params.dilation - params.pad_y;
      if (iy < 0 || iy >= params.H) { continue; }
      for (var kx = 0; kx < i32(params.KW); kx++) {
        let ix = i32(ox * params.stride) + kx * params.dilation - params.pad_x;
        if (ix < 0 || ix >= params.W) { continue; }
        let weight = f32(w[w0 + c * params.w_in + ky * params.w_y + kx * params.w_x]);
        sum = fma(f32(x[((x0 + c) * params.H + iy) * params.W + ix]), weight, sum);
      }
    }
  }
  y[index] = Store(sum);
}
