// 2-D convolution, 16 output channels × 4 pixels per lane; formula in conv2d.naive.wgsl.
//
// Lanes run over blocks of 4 pixels of a row, counted through (n, y, block), so that small pictures
// fill them too; the weights of the channels are handed round. WINDOW (3 taps a row, stride and
// dilation 1): 6 loaded pixels serve 3 taps × 4 outputs.
// One subgroup per workgroup.
//: use lib/store.wgsl
//: use lib/subgroup_tile.wgsl
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

override WINDOW: bool = false;

/** A pixel, or 0 in the padding. */
fn pixel(at: i32, inside: bool) -> f32 { return select(0f, f32(x[u32(at)]), inside); }

fn in_row(ix: vec4i) -> vec4<bool> { return (ix >= vec4i(0)) & (ix < vec4i(params.W)); }

fn store(group: u32, o: u32, at: u32, ox: u32, sum: vec4f) {
  if (o >= params.O) { return; }
  let channel = group * params.O + o;
  let v = sum + select(0f, f32(bias[channel]), params.has_bias != 0);
  let i = at + channel * params.OH * params.OW;
  y[i] = Store(v.x);
  if (ox + 1 < params.OW) { y[i + 1] = Store(v.y); }
  if (ox + 2 < params.OW) { y[i + 2] = Store(v.z); }
  if (ox + 3 < params.OW) { y[i + 3] = Store(v.w); }
}

@compute @workgroup_size(SUBGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row_blocks = (params.OW + 3) / 4;
  let blocks = params.batch * params.OH * row_blocks;
  let channel_tiles = (params.O + 2 * HALF - 1) / (2 * HALF);
  let tile = linear_group(wid, grid);
  let group = tile / channel_tiles % params.groups;
  let o0 = tile % channel_tiles * (2 * HALF);
  let block = tile / channel_tiles / params.groups * SUBGROUP + lane;

  let ox = block % row_blocks * 4;
  let oy = block / row_blocks % params.OH;
  let n = min(block / row_blocks / params.OH, params.batch - 1);
  let step = i32(params.stride);
  let ix = i32(ox) * step - params.pad_x;
  let iy0 = i32(oy) * step - params.pad_y;
  let plane = params.H * params.W;
  let x0 = i32((n * params.groups + group) * params.C) * plane + ix;
  let last = params.O - 1;
  let w0 = params.w_base + i32(group) * params.w_group;
  let w_lo = w0 + i32(min(o0 + lane % HALF, last)) * params.w_out;
  let w_hi = w0 + i32(min(o0 + lane % HALF + HALF, last)) * params.w_out;

  //   // & and not &&, which is a branch to SwiftShader; what columns are inside is asked before the loop. and not &&, which is a branch to SwiftShader; which columns are inside is asked before the loop.
  if (WINDOW) {
    let taps_y = i32(params.KH);
    let channels = i32(params.C);
    let seen = in_row(ix + vec4i(0, 1, 2, 3));
    let beyond = in_row(vec4i(ix + 4, ix + 5, 0, 0));
    // Channels and rows of taps in one loop: SwiftShader hands all sums on at the end of each.
    var ky = 0;
    var above = x0;
    var before = 0;
    for (var n = 0; n < channels * taps_y; n++) {
      let iy = iy0 + ky;
      let row = (iy >= 0) & (iy < params.H);
      let at = above + iy * params.W;
      let p0 = pixel(at, row & seen.x);
      let p1 = pixel(at + 1, row & seen.y);
      let p2 = pixel(at + 2, row & seen.z);
      let p3 = pixel(at + 3, row & seen.w);
      let p4 = pixel(at + 4, row & beyond.x);
      let p5 = pixel(at + 5, row & beyond.y);
      let lo = w_lo + before + ky * params.w_y;
      let hi = w_hi + before + ky * params.w_y;
      let w_a = vec3f(f32(w[lo]), f32(w[lo + params.w_x]), f32(w[lo + 2 * params.w_x]));
      let w_b = vec3f(f32(w[hi]), f32(w[hi + params.w_x]), f32(w[hi + 2 * params.w_x]));
      add_window(w_a, w_b, vec4f(p0, p1, p2, p3), vec2f(p4, p5));
      ky++;
      let over = ky == taps_y;
      ky = select(ky, 0, over);
      above += select(0, plane, over);
      before += select(0, params.w_in, over);
    }
  } else {
    let taps = i32(params.KH * params.KW);
    let taps_x = i32(params.KW);
    let channels = params.C;
    for (var t = 0; t < taps; t++) {
      let ky = t / taps_x;
      let kx = t % taps_x;
      let right = kx * params.dilation;
      let iy = iy0 + ky * params.dilation;
      let row = (iy >= 0) & (iy < params.H);
      let seen = in_row(ix + right + vec4i(0, 1, 2, 3) * step) & vec4<bool>(row);
      var at = x0 + iy * params.W + right;
      var k = ky * params.w_y + kx * params.w_x;
      for (var c = 0u; c < channels; c++) {
        let p = vec4f(
          pixel(at, seen.x), pixel(at + step, seen.y),
          pixel(at + 2 * step, seen.z), pixel(at + 3 * step, seen.w),
        );
        add_product(f32(w[w_lo + k]), f32(w[w_hi + k]), p);
        at += plane;
        k += params.w_in;
      }
    }
  }
  if (block >= blocks) { return; }
  let out = (n * params.groups * params.O * params.OH + oy) * params.OW + ox;
  for (var i = 0u; i < 2 * HALF; i++) {
    store(group, o0 + i, out, ox, sum_of(i));
  }
}
