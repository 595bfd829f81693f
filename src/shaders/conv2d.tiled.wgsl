// 2-D convolution, 8 output channels × 4 neighbouring pixels per thread; conv2d.naive.wgsl has the
// formula. For adapters without subgroups.
//
// Threads run over blocks of 4 pixels of a row, counted through (n, y, block), so that small
// pictures fill them too. The channels come from the workgroup's index: a weight is the same for
// all its threads. WINDOW (3 taps a row, stride and dilation 1): 6 loaded pixels serve 3 taps × 4
// outputs.
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

override WORKGROUP: u32 = 32;
override WINDOW: bool = false;

var<private> s0: vec4f; var<private> s1: vec4f;
var<private> s2: vec4f; var<private> s3: vec4f;
var<private> s4: vec4f; var<private> s5: vec4f;
var<private> s6: vec4f; var<private> s7: vec4f;

var<private> lo: vec4i; var<private> hi: vec4i; // where the weights of the 8 channels begin

/** Adds one tap: the weights of 8 channels, k after their beginning, times 4 pixels. */
fn tap(k: i32, x: vec4f) {
  s0 = fma(vec4f(f32(w[lo.x + k])), x, s0);
  s1 = fma(vec4f(f32(w[lo.y + k])), x, s1);
  s2 = fma(vec4f(f32(w[lo.z + k])), x, s2);
  s3 = fma(vec4f(f32(w[lo.w + k])), x, s3);
  s4 = fma(vec4f(f32(w[hi.x + k])), x, s4);
  s5 = fma(vec4f(f32(w[hi.y + k])), x, s5);
  s6 = fma(vec4f(f32(w[hi.z + k])), x, s6);
  s7 = fma(vec4f(f32(w[hi.w + k])), x, s7);
}

/** A pixel, or 0 in the padding. */
fn pixel(at: i32, inside: bool) -> f32 { return select(0f, f32(x[u32(at)]), inside); }

fn in_row(ix: i32) -> bool { return ix >= 0 && ix < params.W; }

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

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row_blocks = (params.OW + 3) / 4;
  let blocks = params.batch * params.OH * row_blocks;
  let channel_tiles = (params.O + 7) / 8;
  let tile = linear_group(wid, grid);
  let group = tile / channel_tiles % params.groups;
  let o0 = tile % channel_tiles * 8;
  let block = tile / channel_tiles / params.groups * WORKGROUP + lane;

  let ox = block % row_blocks * 4;
  let oy = block / row_blocks % params.OH;
  let n = min(block / row_blocks / params.OH, params.batch - 1);
  let step = i32(params.stride);
  let ix = i32(ox) * step - params.pad_x;
  let iy0 = i32(oy) * step - params.pad_y;
  let plane = params.H * params.W;
  let x0 = i32((n * params.groups + group) * params.C) * plane + ix;
  let w0 = params.w_base + i32(group) * params.w_group;
  let last = vec4u(params.O - 1);
  lo = w0 + vec4i(min(o0 + vec4u(0, 1, 2, 3), last)) * params.w_out;
  hi = w0 + vec4i(min(o0 + vec4u(4, 5, 6, 7), last)) * params.w_out;

  if (WINDOW) {
    for (var c = 0; c < i32(params.C); c++) {
      for (var ky = 0; ky < i32(params.KH); ky++) {
        let iy = iy0 + ky;
        let row = iy >= 0 && iy < params.H;
        let at = x0 + c * plane + iy * params.W;
        let p0 = pixel(at, row && in_row(ix));
        let p1 = pixel(at + 1, row && in_row(ix + 1));
        let p2 = pixel(at + 2, row && in_row(ix + 2));
        let p3 = pixel(at + 3, row && in_row(ix + 3));
        let p4 = pixel(at + 4, row && in_row(ix + 4));
        let p5 = pixel(at + 5, row && in_row(ix + 5));
        let k = c * params.w_in + ky * params.w_y;
        tap(k, vec4f(p0, p1, p2, p3));
        tap(k + params.w_x, vec4f(p1, p2, p3, p4));
        tap(k + 2 * params.w_x, vec4f(p2, p3, p4, p5));
      }
    }
  } else {
    for (var t = 0; t < i32(params.KH * params.KW); t++) {
      let ky = t / i32(params.KW);
      let kx = t % i32(params.KW);
      let right = kx * params.dilation;
      let iy = iy0 + ky * params.dilation;
      let row = iy >= 0 && iy < params.H;
      let in0 = row && in_row(ix + right);
      let in1 = row && in_row(ix + right + step);
      let in2 = row && in_row(ix + right + 2 * step);
      let in3 = row && in_row(ix + right + 3 * step);
      var at = x0 + iy * params.W + right;
      var k = ky * params.w_y + kx * params.w_x;
      for (var c = 0u; c < params.C; c++) {
        let p = vec4f(
          pixel(at, in0), pixel(at + step, in1),
          pixel(at + 2 * step, in2), pixel(at + 3 * step, in3),
        );
        tap(k, p);
        at += plane;
        k += params.w_in;
      }
    }
  }
  if (block >= blocks) { return; }
  let out = (n * params.groups * params.O * params.OH + oy) * params.OW + ox;
  store(group, o0, out, ox, s0);
  store(group, o0 + 1, out, ox, s1);
  store(group, o0 + 2, out, ox, s2);
  store(group, o0 + 3, out, ox, s3);
  store(group, o0 + 4, out, ox, s4);
  store(group, o0 + 5, out, ox, s5);
  store(group, o0 + 6, out, ox, s6);
  store(group, o0 + 7, out, ox, s7);
}
