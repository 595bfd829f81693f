// Matrix product by tiles in workgroup memory; formula in lib/product.wgsl.
//
// Whoever uses this loads blocks: a_block(first, i, k) and b_block(first, j, k), four vectors of 4
// rows (or columns), one for each of 4 steps of k. Rows past the edge may be anything, since their
// sums are not stored; steps past the end are 0.
//: use lib/product.wgsl
//: use lib/workgroup_tile.wgsl
// Whether neighbours in memory are neighbours along k, or along the rows of a (columns of b).
override A_ALONG_K: bool = true;
override B_ALONG_K: bool = false;

fn load(block: Block, batch: u32, i0: u32, j0: u32, k: u32) -> mat4x4f {
  if (block.of_a) {
    return a_block(a_first(batch), i0 + 4 * block.row, k + 4 * block.step);
  }
  if (block.of_b) {
    return b_block(b_first(batch), j0 + 4 * block.row, k + 4 * block.step);
  }
  return mat4x4f();
}

fn store_row(first: u32, i: u32, j: u32, sum: vec4f) {
  if (i >= params.M) { return; }
  let at = first + i * params.c_row + j * params.c_col;
  put_four(at, j, 1, finished(i, sum, column_bias(j, 1)));
}

@compute @workgroup_size(ACROSS * DOWN)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let columns = (params.N + 4 * COLUMNS4 - 1) / (4 * COLUMNS4);
  let rows = (params.M + 4 * ROWS4 - 1) / (4 * ROWS4);
  let tile = linear_group(wid, groups);
  let batch = tile / columns / rows;
  if (batch >= params.batch * params.heads) { return; }
  let i0 = tile / columns % rows * (4 * ROWS4);
  let j0 = tile % columns * (4 * COLUMNS4);

  // While a round is multiplied, the next is on its way.
  let block = block_of(thread, A_ALONG_K, B_ALONG_K);
  let rounds = (params.K + DEPTH - 1) / DEPTH;
  for (var round = 0u; round <= rounds; round++) {
    var next: mat4x4f;
    if (round < rounds) { next = load(block, batch, i0, j0, round * DEPTH); }
    if (round > 0) { add_round(thread, (round + 1) % BUFFERS); }
    if (BUFFERS == 1) { workgroupBarrier(); }
    keep(block, round % BUFFERS, next);
    workgroupBarrier();
  }
  let first = c_first(batch);
  for (var n = 0u; n < 4 * ROW_BLOCKS * COLUMN_BLOCKS; n++) {
    let place = place_of(thread, n);
    store_row(first, i0 + place.x, j0 + place.y, sums(n));
  }
}
