// Batched matrix product by tiles in workgroup memory, operands with any strides. See
// lib/matmul.workgroup.wgsl.
//: use lib/product_store.wgsl
@group(0) @binding(0) var<storage, read> a: array<Store>;
@group(0) @binding(1) var<storage, read> b: array<Store>;

// Step k of rows `at`.
fn a_step(at: vec4u, k: u32) -> vec4f {
  let i = at + min(k, params.K - 1) * params.a_col;
  let x = vec4f(f32(a[i.x]), f32(a[i.y]), f32(a[i.z]), f32(a[i.w]));
  return select(vec4f(), x, k < params.K);
}

fn a_block(first: u32, i: u32, k: u32) -> mat4x4f {
  let at = first + min(i + vec4u(0, 1, 2, 3), vec4u(params.M - 1)) * params.a_row;
  return mat4x4f(a_step(at, k), a_step(at, k + 1), a_step(at, k + 2), a_step(at, k + 3));
}

fn b_step(at: vec4u, k: u32) -> vec4f {
  let i = at + min(k, params.K - 1) * params.b_row;
  let x = vec4f(f32(b[i.x]), f32(b[i.y]), f32(b[i.z]), f32(b[i.w]));
  return select(vec4f(), x, k < params.K);
}

fn b_block(first: u32, j: u32, k: u32) -> mat4x4f {
  let at = first + min(j + vec4u(0, 1, 2, 3), vec4u(params.N - 1)) * params.b_col;
  return mat4x4f(b_step(at, k), b_step(at, k + 1), b_step(at, k + 2), b_step(at, k + 3));
}
//: use lib/matmul.workgroup.wgsl
