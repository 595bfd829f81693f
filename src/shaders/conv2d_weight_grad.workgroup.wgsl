// Weight gradient of a 2-D convolution by tiles in workgroup memory; formula in
// conv2d_weight_grad.naive.wgsl.
//
// A product of dy [O, pixels] and of the pixels of x under the taps [pixels, C·taps], which is never
// written down. Part s sums its images into dw[s], to be added up by a second pass.
//: use lib/index.wgsl
//: use lib/workgroup_tile.wgsl
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

// Known when the pipeline is made: a division by a constant is a multiplication.
override TAPS_X: u32 = 3;
override TAPS: u32 = 9;

// What the rows of this thread's block are: where the planes of four channels of dy begin, or where
// four taps begin in x, and their row and column against the output's.
var<private> first: vec4i;
var<private> top: vec4i;
var<private> left: vec4i;

struct Pixel { image: u32, y: u32, x: u32 }

fn pixel_at(k: u32) -> Pixel {
  let row = k / params.OW;
  return Pixel(row / params.OH, row % params.OH, k % params.OW);
}

fn after(at: Pixel) -> Pixel {
  if (at.x + 1 < params.OW) { return Pixel(at.image, at.y, at.x + 1); }
  if (at.y + 1 < params.OH) { return Pixel(at.image, at.y + 1, 0); }
  return Pixel(at.image + 1, 0, 0);
}

// Step of the block: an output pixel, of an image before `end`.
fn step_of(of_a: bool, pixel: Pixel, end: u32) -> vec4f {
  let used = pixel.image < end;
  let y = i32(pixel.y);
  let x_ = i32(pixel.x);
  if (of_a) {
    let image = i32(pixel.image * params.groups * params.O * params.OH * params.OW);
    let at = vec4u(first + image + y * i32(params.OW) + x_);
    return select(vec4f(), vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]), used);
  }
  let image = i32(pixel.image * params.groups * params.C) * params.H * params.W;
  let at = vec4u(first + image + (y * params.W + x_) * params.stride);
  let v = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
  // One comparison for both ends: what is negative is large without its sign.
  let row = vec4u(top + y * params.stride) < vec4u(u32(params.H));
  let column = vec4u(left + x_ * params.stride) < vec4u(u32(params.W));
  return select(vec4f(), v, row & column & vec4<bool>(used));
}

fn find_rows(block: Block, group: u32, o0: u32, tap0: u32) {
  let four = 4 * block.row + vec4u(0, 1, 2, 3);
  if (block.of_a) {
    let o = group * params.O + min(o0 + four, vec4u(params.O - 1));
    first = vec4i(o * params.OH * params.OW);
    return;
  }
  let tap = min(tap0 + four, vec4u(params.C * TAPS - 1));
  top = vec4i(tap % TAPS / TAPS_X) * params.dilation - params.pad_y;
  left = vec4i(tap % TAPS_X) * params.dilation - params.pad_x;
  first = (vec4i(group * params.C + tap / TAPS) * params.H + top) * params.W + left;
}

// Sums of output channel o for four taps.
fn store_row(plane: u32, o: u32, tap: u32, sum: vec4f) {
  if (o >= params.O) { return; }
  let taps = params.C * TAPS;
  let at = (plane * params.O + o) * taps + tap;
  if (tap < taps) { dw[at] = sum.x; }
  if (tap + 1 < taps) { dw[at + 1] = sum.y; }
  if (tap + 2 < taps) { dw[at + 2] = sum.z; }
  if (tap + 3 < taps) { dw[at + 3] = sum.w; }
}

@compute @workgroup_size(ACROSS * DOWN)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let taps = params.C * TAPS;
  let columns = (taps + 4 * COLUMNS4 - 1) / (4 * COLUMNS4);
  let rows = (params.O + 4 * ROWS4 - 1) / (4 * ROWS4);
  let tile = linear_group(wid, grid);
  let group = tile / columns / rows % params.groups;
  let part = tile / columns / rows / params.groups;
  // An empty batch has one part, and its sums are 0.
  if (part > 0 && part * params.images >= params.batch) { return; }
  let o0 = tile / columns % rows * (4 * ROWS4);
  let tap0 = tile % columns * (4 * COLUMNS4);
  let image0 = part * params.images;
  let end = min(image0 + params.images, params.batch);

  // While a round is multiplied, the next is on its way.
  let block = block_of(thread, true, true);
  find_rows(block, group, o0, tap0);
  let pixels = (end - image0) * params.OH * params.OW;
  let rounds = (pixels + DEPTH - 1) / DEPTH;
  for (var round = 0u; round <= rounds; round++) {
    var next: mat4x4f;
    if (round < rounds && (block.of_a || block.of_b)) {
      var pixel = pixel_at(round * DEPTH + 4 * block.step);
      pixel.image += image0;
      next[0] = step_of(block.of_a, pixel, end);
      pixel = after(pixel);
      next[1] = step_of(block.of_a, pixel, end);
      pixel = after(pixel);
      next[2] = step_of(block.of_a, pixel, end);
      next[3] = step_of(block.of_a, after(pixel), end);
    }
    if (round > 0) { add_round(thread, (round + 1) % BUFFERS); }
    if (BUFFERS == 1) { workgroupBarrier(); }
    keep(block, round % BUFFERS, next);
    workgroupBarrier();
  }
  for (var n = 0u; n < 4 * ROW_BLOCKS * COLUMN_BLOCKS; n++) {
    let place = place_of(thread, n);
    store_row(part * params.groups + group, o0 + place.x, tap0 + place.y, sums(n));
  }
}
