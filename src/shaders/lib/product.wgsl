// Matrix products of every head of every batch element. Each operand comes with its strides, so a
// transpose or a broadcast costs nothing: a transposed matrix swaps row and column stride, a
// broadcast one has batch stride 0.
//
//     c = scale a b + bias,   or with ADD   c += scale a b + bias      a [M, K], b [K, N], c [M, N]
//
// The bias is one for each row, or one for each column, and the same for every matrix. c is written by
// lib/product_store.wgsl, or where its columns are neighbours by lib/product_store4.wgsl.
//: use lib/store.wgsl
//: use lib/index.wgsl
struct Params {
  batch: u32, heads: u32, M: u32, N: u32, K: u32, scale: f32,
  a_start: u32, a_batch: u32, a_head: u32, a_row: u32, a_col: u32,
  b_start: u32, b_batch: u32, b_head: u32, b_row: u32, b_col: u32,
  c_start: u32, c_batch: u32, c_head: u32, c_row: u32, c_col: u32,
  bias_row: u32, bias_col: u32, // 1 where there is one for each row, for each column; else 0
}
@group(0) @binding(2) var<storage, read> bias: array<Store>;
@group(0) @binding(4) var<uniform> params: Params;
override ADD: bool = false;

// The first element of matrix `index` of all heads of all batch elements.
fn a_first(index: u32) -> u32 {
  let batch = index / params.heads;
  return params.a_start + batch * params.a_batch + index % params.heads * params.a_head;
}
fn b_first(index: u32) -> u32 {
  let batch = index / params.heads;
  return params.b_start + batch * params.b_batch + index % params.heads * params.b_head;
}
fn c_first(index: u32) -> u32 {
  let batch = index / params.heads;
  return params.c_start + batch * params.c_batch + index % params.heads * params.c_head;
}

// What is added to the columns j, j + gap, …: asked for once, and not for every row, since SwiftShader goes
// through both sides of an `if`.
fn column_bias(j: u32, gap: u32) -> vec4f {
  if (params.bias_col == 0) { return vec4f(); }
  let k = min(j + vec4u(0, 1, 2, 3) * gap, vec4u(params.N - 1));
  return vec4f(f32(bias[k.x]), f32(bias[k.y]), f32(bias[k.z]), f32(bias[k.w]));
}

// Four sums of row i as they are stored, `columns` being what is added to their columns.
fn finished(i: u32, sums: vec4f, columns: vec4f) -> vec4f {
  let row = select(0f, f32(bias[i * params.bias_row]), params.bias_row != 0);
  return params.scale * sums + columns + row;
}
