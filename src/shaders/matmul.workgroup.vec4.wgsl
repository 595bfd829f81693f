// Batched matrix product by tiles in workgroup memory, both operands loaded four elements at a time.
// See lib/matmul.workgroup.wgsl.
//: use lib/product_store.wgsl
@group(0) @binding(0) var<storage, read> a: array<Store4>;
@group(0) @binding(1) var<storage, read> b: array<Store4>;

fn a_block(first: u32, i: u32, k: u32) -> mat4x4f {
  let four = vec4u(0, 1, 2, 3);
  let inside = k + four < vec4u(params.K);
  if (A_ALONG_K) {
    // Four does divide K: a vector lies inside or outside as a whole.
    let rows = first + min(i + four, vec4u(params.M - 1)) * params.a_row;
    let at = (rows + min(k, params.K - 4)) / 4;
    let x = mat4x4f(vec4f(a[at.x]), vec4f(a[at.y]), vec4f(a[at.z]), vec4f(a[at.w]));
    return zeros_outside(transpose(x), inside);
  }
  let at = (first + min(i, params.M - 4) + min(k + four, vec4u(params.K - 1)) * params.a_col) / 4;
  let x = mat4x4f(vec4f(a[at.x]), vec4f(a[at.y]), vec4f(a[at.z]), vec4f(a[at.w]));
  return zeros_outside(x, inside);
}

fn b_block(first: u32, j: u32, k: u32) -> mat4x4f {
  let four = vec4u(0, 1, 2, 3);
  let inside = k + four < vec4u(params.K);
  if (B_ALONG_K) {
    let columns = first + min(j + four, vec4u(params.N - 1)) * params.b_col;
    let at = (columns + min(k, params.K - 4)) / 4;
    let x = mat4x4f(vec4f(b[at.x]), vec4f(b[at.y]), vec4f(b[at.z]), vec4f(b[at.w]));
    return zeros_outside(transpose(x), inside);
  }
  let at = (first + min(j, params.N - 4) + min(k + four, vec4u(params.K - 1)) * params.b_row) / 4;
  let x = mat4x4f(vec4f(b[at.x]), vec4f(b[at.y]), vec4f(b[at.z]), vec4f(b[at.w]));
  return zeros_outside(x, inside);
}

fn zeros_outside(x: mat4x4f, inside: vec4<bool>) -> mat4x4f {
  return mat4x4f(
    select(vec4f(), x[0], inside.x),
    select(vec4f(), x[1], inside.y),
    select(vec4f(), x[2], inside.z),
    select(vec4f(), x[3], inside.w),
  );
}
//: use lib/matmul.workgroup.wgsl
