// Batched matrix product, one thread per output (the slow ancestor of matmul.tiled.wgsl).
//
//     c[b, i, j] = Σ_k a[b, i, k] · b[b, k, j]         a [B, M, K], b [B, K, N] → c [B, M, N]
//
// Every operand comes with its strides, so a transpose or a broadcast costs nothing:
// a transposed matrix swaps row and column stride, a broadcast one has batch stride 0.
//: use lib/product_store.wgsl
@group(0) @binding(0) var<storage, read> a: array<Store>;
@group(0) @binding(1) var<storage, read> b: array<Store>;

override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_group(wid, groups) * WORKGROUP + local;
  if (index >= params.batch * params.heads * params.M * params.N) { return; }
  let j = index % params.N;
  let i = index / params.N % params.M;
  let batch = index / params.N / params.M;
  let a0 = a_first(batch) + i * params.a_row;
  let b0 = b_first(batch) + j * params.b_col;
  var sum = 0f;
  for (var k = 0u; k < params.K; k++) {
    sum = fma(f32(a[a0 + k * params.a_col]), f32(b[b0 + k * params.b_row]), sum);
  }
  put(c_first(batch) + i * params.c_row + j * params.c_col, finished(i, vec4f(sum), column_bias(j, 0)).x);
}
