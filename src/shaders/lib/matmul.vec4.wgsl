// Matrix product, 4·HALF rows × 4 columns per lane, four steps of k at once; formula in
// lib/product.wgsl. One subgroup per workgroup.
//
// A lane loads four steps of k of a row of each group, and four steps of its 4 columns: one element
// after the other costs a software adapter twice what four neighbours do. A row takes its four steps
// one after the other, so that its sums stay in registers meanwhile.
//
// Whoever uses this says how rows of a are loaded: rows_at(batch, rows), the places of four of them;
// load_row(at), four steps of one; row_step(), how far on the next four lie.
//: use lib/product.wgsl
//: use lib/row_groups.wgsl
// Whether neighbours in memory are neighbours along k, or along the columns of b.
override B_ALONG_K: bool = false;
@group(0) @binding(1) var<storage, read> b: array<Store4>;

fn store(first: u32, row: u32, column: u32, sum: vec4f) {
  if (row >= params.M) { return; }
  let at = first + row * params.c_row + column * params.c_col;
  if (column < params.N) { put(at, sum.x); }
  if (column + 1 < params.N) { put(at + params.c_col, sum.y); }
  if (column + 2 < params.N) { put(at + 2 * params.c_col, sum.z); }
  if (column + 3 < params.N) { put(at + 3 * params.c_col, sum.w); }
}
@compute @workgroup_size(SUBGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let columns = (params.N + 4 * SUBGROUP - 1) / (4 * SUBGROUP);
  let rows = (params.M + 4 * HALF - 1) / (4 * HALF);
  let tile = linear_group(wid, groups);
  let batch = tile / columns / rows;
  if (batch >= params.batch * params.heads) { return; }
  let i0 = tile / columns % rows * (4 * HALF);
  let j0 = (tile % columns * SUBGROUP + lane) * 4;
  let row = lane % HALF;
  let four = vec4u(0, 1, 2, 3);

  // Rows and columns past the edge read the last one; their sums are not stored.
  var a_at = rows_at(batch, min(i0 + row + four * HALF, vec4u(params.M - 1)));
  var b_at = vec4u(b_first(batch) / 4);
  var b_step = 1u;
  if (B_ALONG_K) {
    b_at += min(j0 + four, vec4u(params.N - 1)) * (params.b_col / 4);
  } else {
    b_at += min(j0 / 4, params.N / 4 - 1) + four * (params.b_row / 4);
    b_step = params.b_row;
  }
  for (var k = 0u; k < params.K; k += 4) {
    var y = mat4x4f(vec4f(b[b_at.x]), vec4f(b[b_at.y]), vec4f(b[b_at.z]), vec4f(b[b_at.w]));
    b_at += b_step;
    if (B_ALONG_K) { y = transpose(y); }
    b0 = y[0];
    b1 = y[1];
    b2 = y[2];
    b3 = y[3];
    add_p(load_row(a_at.x));
    add_q(load_row(a_at.y));
    add_r(load_row(a_at.z));
    add_s(load_row(a_at.w));
    a_at += row_step();
  }
  let first = c_first(batch);
  for (var i = 0u; i < 4 * HALF; i++) {
    store(first, i0 + i, j0, sum_of(i));
  }
}
