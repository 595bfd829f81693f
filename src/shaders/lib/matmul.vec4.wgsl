// Matrix product, GROUPS·HALF rows × 4 or 8 columns per lane, four or eight steps of k at once; formula in
// lib/product.wgsl. One subgroup per workgroup.
//
// A lane loads four steps of k of a row of each group, and four steps of its columns: one element
// after the other costs a software adapter twice what four neighbours do. A row takes its four steps
// one after the other, so that its sums stay in registers meanwhile (lib/row_groups.wgsl).
//
// Whoever uses this says how rows of a are loaded (lib/rows_fours.wgsl), and how sums are stored
// (lib/product_store4.wgsl).
//: use lib/product.wgsl
//: use lib/row_groups.wgsl
// Whether neighbours in memory are neighbours along k, or along the columns of b.
override B_ALONG_K: bool = false;
@group(0) @binding(1) var<storage, read> b: array<Store4>;

// Where four columns from j on are loaded. Past the edge the last one is read, and not stored.
fn columns_at(batch: u32, j: u32) -> vec4u {
  let four = vec4u(0, 1, 2, 3);
  let first = b_first(batch) / 4;
  if (B_ALONG_K) { return first + min(j + four, vec4u(params.N - 1)) * (params.b_col / 4); }
  return first + min(j / 4, params.N / 4 - 1) + four * (params.b_row / 4);
}

// Four steps of four columns: a column to each.
fn load_columns(at: vec4u) -> mat4x4f {
  let y = mat4x4f(vec4f(b[at.x]), vec4f(b[at.y]), vec4f(b[at.z]), vec4f(b[at.w]));
  if (B_ALONG_K) { return y; }
  return transpose(y);
}

// Adds the steps of group g, which begin at `at`.
fn add_rows(g: u32, at: u32) {
  var next = vec4f();
  if (EIGHT) { next = load_row(at + row_step()); }
  add_group(g, load_row(at), next);
}

@compute @workgroup_size(SUBGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let width = 4 * SUBGROUP * select(1u, 2u, TWICE);
  let columns = (params.N + width - 1) / width;
  let rows = (params.M + GROUPS * HALF - 1) / (GROUPS * HALF);
  let tile = linear_group(wid, groups);
  let batch = tile / columns / rows;
  if (batch >= params.batch * params.heads) { return; }
  let i0 = tile / columns % rows * (GROUPS * HALF);
  let j0 = tile % columns * width + 4 * lane;
  let j1 = j0 + 4 * SUBGROUP;

  // Rows past the edge read the last one; their sums are not stored.
  let row = i0 + lane % HALF + vec4u(0, 1, 2, 3) * HALF;
  var a_at = rows_at(batch, min(row, vec4u(params.M - 1)));
  var a_more = rows_at(batch, min(row + 4 * HALF, vec4u(params.M - 1)));
  var b_at = columns_at(batch, j0);
  var b_more = columns_at(batch, j1);
  let steps = select(1u, 2u, EIGHT);
  let b_step = select(params.b_row, 1u, B_ALONG_K);
  for (var k = 0u; k < params.K; k += 4 * steps) {
    b_lo = load_columns(b_at);
    if (EIGHT) { b_hi = load_columns(b_at + b_step); }
    b_at += steps * b_step;
    if (TWICE) {
      d_lo = load_columns(b_more);
      if (EIGHT) { d_hi = load_columns(b_more + b_step); }
      b_more += steps * b_step;
    }
    add_rows(0, a_at.x);
    add_rows(1, a_at.y);
    add_rows(2, a_at.z);
    add_rows(3, a_at.w);
    a_at += steps * row_step();
    if (GROUPS == 8) {
      add_rows(4, a_more.x);
      add_rows(5, a_more.y);
      add_rows(6, a_more.z);
      add_rows(7, a_more.w);
      a_more += steps * row_step();
    }
  }
  let first = c_first(batch);
  let beside = column_bias(j0, 1);
  let beside_more = column_bias(j1, 1);
  let count = min(GROUPS * HALF, params.M - i0);
  for (var i = 0u; i < count; i++) {
    let at = first + (i0 + i) * params.c_row;
    put_four(at + j0 * params.c_col, j0, 1, finished(i0 + i, sums[i], beside));
    if (TWICE) { put_four(at + j1 * params.c_col, j1, 1, finished(i0 + i, more[i], beside_more)); }
  }
}
