// Input gradient of a 2-D convolution of any stride; formula in conv2d_input_grad.naive.wgsl.
// (At stride 1 it is a convolution of dy with the turned weights: conv2d.subgroup.wgsl.)
//
// Pixels with the same remainders (iy mod stride, ix mod stride) meet the same taps: a tile is one
// such class, so no tap is computed in vain. From one of its taps to the next are tap_step taps and
// dy_step pixels of dy (stride and dilation over their greatest common divisor). Lanes run over
// blocks of 4 pixels of a class, which lie under 4 neighbours of dy, for 16 input channels, whose
// weights are handed round.
// One subgroup per workgroup.
//: use lib/subgroup_tile.wgsl
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

fn value(at: i32, inside: bool) -> f32 { return select(0f, dy[u32(at)], inside); }

fn in_row(ox: i32) -> bool { return ox >= 0 && ox < params.OW; }

/** The first tap that the pixels of a class meet; past the last where they meet none. */
fn first_tap(remainder: u32) -> u32 {
  let place = (remainder + params.pad) % params.stride;
  for (var k = 0u; k < params.tap_step; k++) {
    if (k * params.dilation % params.stride == place) { return k; }
  }
  return max(params.KH, params.KW);
}

fn store(group: u32, c: u32, at: u32, ix: u32, sum: vec4f) {
  if (c >= params.C) { return; }
  let s = params.stride;
  let i = at + (group * params.C + c) * params.H * params.W;
  dx[i] = sum.x;
  if (ix + s < params.W) { dx[i + s] = sum.y; }
  if (ix + 2 * s < params.W) { dx[i + 2 * s] = sum.z; }
  if (ix + 3 * s < params.W) { dx[i + 3 * s] = sum.w; }
}

@compute @workgroup_size(SUBGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let s = params.stride;
  let row_blocks = ((params.W + s - 1) / s + 3) / 4;
  let class_rows = (params.H + s - 1) / s;
  let channel_tiles = (params.C + 2 * HALF - 1) / (2 * HALF);
  let tile = linear_group(wid, grid);
  let c0 = tile % channel_tiles * (2 * HALF);
  let class_y = tile / channel_tiles % s;
  let class_x = tile / channel_tiles / s % s;
  let group = tile / channel_tiles / s / s % params.groups;
  let block = tile / channel_tiles / s / s / params.groups * SUBGROUP + lane;

  let ix = block % row_blocks * 4 * s + class_x;
  let iy = block / row_blocks % class_rows * s + class_y;
  let n = min(block / row_blocks / class_rows, params.batch - 1);
  // The first taps of the class, and what they read: oy = (iy + pad - ky dilation) / stride.
  let ky0 = first_tap(class_y);
  let kx0 = first_tap(class_x);
  var oy = (i32(iy + params.pad) - i32(ky0 * params.dilation)) / i32(s);
  let ox0 = (i32(ix + params.pad) - i32(kx0 * params.dilation)) / i32(s);
  let plane = params.OH * params.OW;
  let dy0 = i32((n * params.groups + group) * params.O) * plane;
  let taps = params.KH * params.KW;
  let last = params.C - 1;
  let w0 = group * params.O * params.C * taps;
  let w_lo = w0 + min(c0 + lane % HALF, last) * taps;
  let w_hi = w0 + min(c0 + lane % HALF + HALF, last) * taps;

  for (var ky = ky0; ky < params.KH; ky += params.tap_step) {
    var ox = ox0;
    let row = oy >= 0 && oy < params.OH;
    for (var kx = kx0; kx < params.KW; kx += params.tap_step) {
      var at = dy0 + oy * params.OW + ox;
      var k = ky * params.KW + kx;
      for (var o = 0u; o < params.O; o++) {
        let v = vec4f(
          value(at, row && in_row(ox)), value(at + 1, row && in_row(ox + 1)),
          value(at + 2, row && in_row(ox + 2)), value(at + 3, row && in_row(ox + 3)),
        );
        add_product(w[w_lo + k], w[w_hi + k], v);
        at += plane;
        k += params.C * taps;
      }
      ox -= params.dy_step;
    }
    oy -= params.dy_step;
  }
  if (block >= params.batch * class_rows * row_blocks) { return; }
  if (ix >= params.W || iy >= params.H) { return; }
  let out = (n * params.groups * params.C * params.H + iy) * params.W + ix;
  for (var i = 0u; i < 2 * HALF; i++) {
    store(group, c0 + i, out, ix, sum_of(i));
  }
}
