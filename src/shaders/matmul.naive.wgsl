// Batched matrix product, one thread per output (the slow ancestor of matmul.tiled.wgsl).
//
//     c[b, i, j] = Σ_k a[b, i, k] · b[b, k, j]         a [B, M, K], b [B, K, N] → c [B, M, N]
//
// Every operand comes with its strides, so a transpose or a broadcast costs nothing:
// a transposed matrix swaps row and column stride, a broadcast one has batch stride 0.
//: use lib/store.wgsl
//: use lib/index.wgsl
struct Params {
  batch: u32, M: u32, N: u32, K: u32,
  a_batch: u32, a_row: u32, a_col: u32,
  b_batch: u32, b_row: u32, b_col: u32,
  c_batch: u32, c_row: u32, c_col: u32,
}
@group(0) @binding(0) var<storage, read> a: array<Store>;
@group(0) @binding(1) var<storage, read> b: array<Store>;
@group(0) @binding(2) var<storage, read_write> c: array<Store>;
@group(0) @binding(3) var<uniform> params: Params;

override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_group(wid, groups) * WORKGROUP + local;
  if (index >= params.batch * params.M * params.N) { return; }
  let j = index % params.N;
  let i = index / params.N % params.M;
  let batch = index / params.N / params.M;
  let a0 = batch * params.a_batch + i * params.a_row;
  let b0 = batch * params.b_batch + j * params.b_col;
  var sum = 0f;
  for (var k = 0u; k < params.K; k++) {
    sum = fma(f32(a[a0 + k * params.a_col]), f32(b[b0 + k * params.b_row]), sum);
  }
  c[batch * params.c_batch + i * params.c_row + j * params.c_col] = Store(sum);
}
