// Weight gradient of a 2-D convolution; formula in conv2d_weight_grad.naive.wgsl.
//
// Each lane sums 16 output channels × 4 weights; the values of dy at a pixel are handed round.
// A lane's weights are four of the flattened (c, ky, kx), one subgroup apart. WINDOW (3 taps a row,
// stride and dilation 1): a lane holds the three taps of one (c, ky) instead, and slides along the
// row: one new pixel of x per step.
// The batch may be split: part s sums its images into dw[s], to be added up by a second pass.
// One subgroup per workgroup.
//: use lib/subgroup_tile.wgsl
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

override WINDOW: bool = false;

fn pixel(at: i32, inside: bool) -> f32 { return select(0f, x[u32(at)], inside); }

fn in_row(ix: i32) -> bool { return ix >= 0 && ix < params.W; }

/** Where weight q of (c, ky, kx) looks: offset in x, and row and column against the output's. */
fn place(q: u32) -> vec3i {
  let ky = i32(q / params.KW % params.KH) * params.dilation - params.pad_y;
  let kx = i32(q % params.KW) * params.dilation - params.pad_x;
  let c = i32(q / params.KW / params.KH);
  return vec3i((c * params.H + ky) * params.W + kx, ky, kx);
}

fn under(q: vec3i, at: i32, iy: i32, ix: i32) -> f32 {
  let y = iy + q.y;
  return pixel(at + q.x, y >= 0 && y < params.H && in_row(ix + q.z));
}

fn store(part: u32, channel: u32, q: u32, step: u32, sum: vec4f) {
  let taps = params.C * params.KH * params.KW;
  if (channel >= params.O) { return; }
  let at = (part * params.O + channel) * taps + q;
  if (q < taps) { dw[at] = sum.x; }
  if (q + step < taps) { dw[at + step] = sum.y; }
  if (q + 2 * step < taps) { dw[at + 2 * step] = sum.z; }
  if (!WINDOW && q + 3 * step < taps) { dw[at + 3 * step] = sum.w; }
}

@compute @workgroup_size(SUBGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let per_lane = select(4u, 3u, WINDOW);
  let step = select(SUBGROUP, 1u, WINDOW);
  let taps = params.C * params.KH * params.KW;
  let width = SUBGROUP * per_lane;
  let columns = (taps + width - 1) / width;
  let rows = (params.O + 2 * HALF - 1) / (2 * HALF);
  let tile = linear_group(wid, grid);
  let o0 = tile % rows * (2 * HALF);
  let q = tile / rows % columns * width + lane * select(1u, 3u, WINDOW);
  let group = tile / rows / columns % params.groups;
  let part = tile / rows / columns / params.groups;

  let q0 = place(min(q, taps - 1));
  let q1 = place(min(q + step, taps - 1));
  let q2 = place(min(q + 2 * step, taps - 1));
  let q3 = place(min(q + 3 * step, taps - 1));
  let plane = i32(params.OH * params.OW);
  let last = params.O - 1;
  let lo = i32(min(o0 + lane % HALF, last)) * plane;
  let hi = i32(min(o0 + lane % HALF + HALF, last)) * plane;

  let end = min((part + 1) * params.images, params.batch);
  for (var n = part * params.images; n < end; n++) {
    let image = i32(n * params.groups + group);
    let x_n = image * i32(params.C) * params.H * params.W;
    for (var oy = 0; oy < i32(params.OH); oy++) {
      let iy = oy * params.stride;
      let x_y = x_n + iy * params.W;
      var dy_at = image * i32(params.O) * plane + oy * i32(params.OW);
      if (WINDOW) {
        var left = under(q0, x_y, iy, 0);
        var middle = under(q1, x_y, iy, 0);
        for (var ox = 0; ox < i32(params.OW); ox++) {
          let right = under(q2, x_y + ox, iy, ox);
          add_product(dy[lo + dy_at], dy[hi + dy_at], vec4f(left, middle, right, 0f));
          left = middle;
          middle = right;
          dy_at++;
        }
      } else {
        for (var ox = 0; ox < i32(params.OW); ox++) {
          let ix = ox * params.stride;
          let at = x_y + ix;
          let v = vec4f(
            under(q0, at, iy, ix), under(q1, at, iy, ix),
            under(q2, at, iy, ix), under(q3, at, iy, ix),
          );
          add_product(dy[lo + dy_at], dy[hi + dy_at], v);
          dy_at++;
        }
      }
    }
  }
  for (var i = 0u; i < 2 * HALF; i++) {
    store(part * params.groups + group, o0 + i, q, step, sum_of(i));
  }
}
