// Batched matrix product, 16 rows × 4 columns per lane; formula in matmul.naive.wgsl.
//
// Lanes run over columns, each holds 4 of them for 16 rows: 64 sums in registers. Per k the
// elements of a column of a are handed round, and each lane loads its 4 elements of b: 6 loads for
// 64 multiply-adds.
// One subgroup per workgroup.
//: use lib/subgroup_tile.wgsl
//: use lib/product_store.wgsl
@group(0) @binding(0) var<storage, read> a: array<Store>;
@group(0) @binding(1) var<storage, read> b: array<Store>;

@compute @workgroup_size(SUBGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let columns = (params.N + 4 * SUBGROUP - 1) / (4 * SUBGROUP);
  let rows = (params.M + 2 * HALF - 1) / (2 * HALF);
  let tile = linear_group(wid, groups);
  let batch = tile / columns / rows;
  if (batch >= params.batch * params.heads) { return; }
  let i0 = tile / columns % rows * (2 * HALF);
  let j0 = tile % columns * 4 * SUBGROUP + lane;

  // Rows and columns past the edge read the last one; their sums are not stored.
  let a_base = a_first(batch);
  let b_base = b_first(batch);
  var a_lo = a_base + min(i0 + lane % HALF, params.M - 1) * params.a_row;
  var a_hi = a_base + min(i0 + lane % HALF + HALF, params.M - 1) * params.a_row;
  var b_x = b_base + min(j0, params.N - 1) * params.b_col;
  var b_y = b_base + min(j0 + SUBGROUP, params.N - 1) * params.b_col;
  var b_z = b_base + min(j0 + 2 * SUBGROUP, params.N - 1) * params.b_col;
  var b_w = b_base + min(j0 + 3 * SUBGROUP, params.N - 1) * params.b_col;

  for (var k = 0u; k < params.K; k++) {
    let x = vec4f(f32(b[b_x]), f32(b[b_y]), f32(b[b_z]), f32(b[b_w]));
    add_product(f32(a[a_lo]), f32(a[a_hi]), x);
    a_lo += params.a_col;
    a_hi += params.a_col;
    b_x += params.b_row;
    b_y += params.b_row;
    b_z += params.b_row;
    b_w += params.b_row;
  }
  let first = c_first(batch) + j0 * params.c_col;
  let beside = column_bias(j0, SUBGROUP);
  let count = min(2 * HALF, params.M - i0);
  for (var i = 0u; i < count; i++) {
    let y = finished(i0 + i, sum_of(i), beside);
    put_four(first + (i0 + i) * params.c_row, j0, SUBGROUP, y);
  }
}
