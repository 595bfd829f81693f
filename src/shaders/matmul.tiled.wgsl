// Batched matrix product, 8 rows × 4 columns per thread; formula in matmul.naive.wgsl. For
// adapters without subgroups.
//
// Threads run over columns, each holds 4 of them for 8 rows: 32 sums in registers. Per k a thread
// loads 8 elements of a, at an index that is the same for the whole workgroup, and 4 of b, which
// are neighbours over the threads: 12 loads for 32 multiply-adds, no workgroup memory, no barrier.
//: use lib/product_store.wgsl
@group(0) @binding(0) var<storage, read> a: array<Store>;
@group(0) @binding(1) var<storage, read> b: array<Store>;

override WORKGROUP: u32 = 32;


fn store(batch: u32, i: u32, j: u32, sum: vec4f, columns: vec4f) {
  if (i >= params.M) { return; }
  let at = c_first(batch) + i * params.c_row + j * params.c_col;
  put_four(at, j, WORKGROUP, finished(i, sum, columns));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let columns = (params.N + 4 * WORKGROUP - 1) / (4 * WORKGROUP);
  let rows = (params.M + 7) / 8;
  let tile = linear_group(wid, groups);
  let batch = tile / columns / rows;
  if (batch >= params.batch * params.heads) { return; }
  let i0 = tile / columns % rows * 8;
  let j0 = tile % columns * 4 * WORKGROUP + lane;

  // Rows and columns past the edge read the last one; their sums are not stored.
  let a_base = a_first(batch);
  let b_base = b_first(batch);
  let last = params.M - 1;
  var a0 = a_base + min(i0 + 0, last) * params.a_row;
  var a1 = a_base + min(i0 + 1, last) * params.a_row;
  var a2 = a_base + min(i0 + 2, last) * params.a_row;
  var a3 = a_base + min(i0 + 3, last) * params.a_row;
  var a4 = a_base + min(i0 + 4, last) * params.a_row;
  var a5 = a_base + min(i0 + 5, last) * params.a_row;
  var a6 = a_base + min(i0 + 6, last) * params.a_row;
  var a7 = a_base + min(i0 + 7, last) * params.a_row;
  var b_x = b_base + min(j0, params.N - 1) * params.b_col;
  var b_y = b_base + min(j0 + WORKGROUP, params.N - 1) * params.b_col;
  var b_z = b_base + min(j0 + 2 * WORKGROUP, params.N - 1) * params.b_col;
  var b_w = b_base + min(j0 + 3 * WORKGROUP, params.N - 1) * params.b_col;

  var s0: vec4f; var s1: vec4f; var s2: vec4f; var s3: vec4f;
  var s4: vec4f; var s5: vec4f; var s6: vec4f; var s7: vec4f;
  for (var k = 0u; k < params.K; k++) {
    let x = vec4f(f32(b[b_x]), f32(b[b_y]), f32(b[b_z]), f32(b[b_w]));
    s0 = fma(vec4f(f32(a[a0])), x, s0);
    s1 = fma(vec4f(f32(a[a1])), x, s1);
    s2 = fma(vec4f(f32(a[a2])), x, s2);
    s3 = fma(vec4f(f32(a[a3])), x, s3);
    s4 = fma(vec4f(f32(a[a4])), x, s4);
    s5 = fma(vec4f(f32(a[a5])), x, s5);
    s6 = fma(vec4f(f32(a[a6])), x, s6);
    s7 = fma(vec4f(f32(a[a7])), x, s7);
    a0 += params.a_col;
    a1 += params.a_col;
    a2 += params.a_col;
    a3 += params.a_col;
    a4 += params.a_col;
    a5 += params.a_col;
    a6 += params.a_col;
    a7 += params.a_col;
    b_x += params.b_row;
    b_y += params.b_row;
    b_z += params.b_row;
    b_w += params.b_row;
  }
  let beside = column_bias(j0, WORKGROUP);
  store(batch, i0, j0, s0, beside);
  store(batch, i0 + 1, j0, s1, beside);
  store(batch, i0 + 2, j0, s2, beside);
  store(batch, i0 + 3, j0, s3, beside);
  store(batch, i0 + 4, j0, s4, beside);
  store(batch, i0 + 5, j0, s5, beside);
  store(batch, i0 + 6, j0, s6, beside);
  store(batch, i0 + 7, j0, s7, beside);
}
