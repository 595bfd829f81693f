// 2-D convolution by tiles in workgroup memory; formula in conv2d.naive.wgsl.
//
// A product of the weights [O, C·taps] and of the pixels under the taps [C·taps, N·OH·OW], which is
// never written down: its elements are read from the picture as the rounds ask for them.
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/workgroup_tile.wgsl
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

// Known when the pipeline is made: a division by a constant is a multiplication.
override TAPS_X: u32 = 3;
override TAPS: u32 = 9;

// What the rows of this thread's block are: where four channels' weights begin, or where the first
// tap of four pixels lies, and its row and column in the picture.
var<private> first: vec4i;
var<private> top: vec4i;
var<private> left: vec4i;

// Step k of the block: a tap of an input channel.
fn step_of(of_a: bool, k: u32) -> vec4f {
  let c = i32(k / TAPS);
  let ky = i32(k % TAPS / TAPS_X);
  let kx = i32(k % TAPS_X);
  if (of_a) {
    let at = vec4u(first + c * params.w_in + ky * params.w_y + kx * params.w_x);
    let v = vec4f(f32(w[at.x]), f32(w[at.y]), f32(w[at.z]), f32(w[at.w]));
    return select(vec4f(), v, k < params.C * TAPS);
  }
  let dy = ky * params.dilation;
  let dx = kx * params.dilation;
  let at = vec4u(first + (c * params.H + dy) * params.W + dx);
  let v = vec4f(f32(x[at.x]), f32(x[at.y]), f32(x[at.z]), f32(x[at.w]));
  // One comparison for both ends: what is negative is large without its sign.
  let row = vec4u(top + dy) < vec4u(u32(params.H));
  let column = vec4u(left + dx) < vec4u(u32(params.W));
  return select(vec4f(), v, row & column & vec4<bool>(k < params.C * TAPS));
}

fn find_rows(block: Block, group: u32, o0: u32, pixel0: u32) {
  let four = 4 * block.row + vec4u(0, 1, 2, 3);
  if (block.of_a) {
    let o = vec4i(min(o0 + four, vec4u(params.O - 1)));
    first = params.w_base + i32(group) * params.w_group + o * params.w_out;
    return;
  }
  let pixels = params.batch * params.OH * params.OW;
  let pixel = min(pixel0 + four, vec4u(pixels - 1));
  top = vec4i(pixel / params.OW % params.OH * params.stride) - params.pad_y;
  left = vec4i(pixel % params.OW * params.stride) - params.pad_x;
  let channel = (pixel / params.OW / params.OH * params.groups + group) * params.C;
  first = (vec4i(channel) * params.H + top) * params.W + left;
}

// Sums of output channel o at four pixels.
fn store_row(group: u32, o: u32, pixel0: u32, sum: vec4f) {
  if (o >= params.O) { return; }
  let channel = group * params.O + o;
  let plane = params.OH * params.OW;
  let pixel = pixel0 + vec4u(0, 1, 2, 3);
  let at = (pixel / plane * (params.groups * params.O) + channel) * plane + pixel % plane;
  let v = sum + select(0f, f32(bias[channel]), params.has_bias != 0);
  let inside = pixel < vec4u(params.batch * plane);
  if (inside.x) { y[at.x] = Store(v.x); }
  if (inside.y) { y[at.y] = Store(v.y); }
  if (inside.z) { y[at.z] = Store(v.z); }
  if (inside.w) { y[at.w] = Store(v.w); }
}

@compute @workgroup_size(ACROSS * DOWN)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let columns = (params.batch * params.OH * params.OW + 4 * COLUMNS4 - 1) / (4 * COLUMNS4);
  let rows = (params.O + 4 * ROWS4 - 1) / (4 * ROWS4);
  let tile = linear_group(wid, grid);
  let group = tile / columns / rows;
  if (group >= params.groups) { return; }
  let o0 = tile / columns % rows * (4 * ROWS4);
  let pixel0 = tile % columns * (4 * COLUMNS4);

  // While a round is multiplied, the next is on its way.
  let block = block_of(thread, true, false);
  find_rows(block, group, o0, pixel0);
  let rounds = (params.C * TAPS + DEPTH - 1) / DEPTH;
  for (var round = 0u; round <= rounds; round++) {
    var next: mat4x4f;
    if (round < rounds && (block.of_a || block.of_b)) {
      let k = round * DEPTH + 4 * block.step;
      next[0] = step_of(block.of_a, k);
      next[1] = step_of(block.of_a, k + 1);
      next[2] = step_of(block.of_a, k + 2);
      next[3] = step_of(block.of_a, k + 3);
    }
    if (round > 0) { add_round(thread, (round + 1) % BUFFERS); }
    if (BUFFERS == 1) { workgroupBarrier(); }
    keep(block, round % BUFFERS, next);
    workgroupBarrier();
  }
  for (var n = 0u; n < 4 * ROW_BLOCKS * COLUMN_BLOCKS; n++) {
    let place = place_of(thread, n);
    store_row(group, o0 + place.x, pixel0 + place.y, sums(n));
  }
}
