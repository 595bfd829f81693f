// out[b, h, i, j] = scale * sum_k x[b, h, i, k] * y[b, h, k, j], every operand with its own strides:
// all products of attention, forward and backward. 8 rows and 4 columns per thread; the elements of
// x are the same for a whole workgroup, and threads run over columns.
//: use lib/store.wgsl
//: use lib/index.wgsl
struct Params {
  batch: u32, heads: u32, rows: u32, cols: u32, inner: u32, scale: f32,
  x_batch: u32, x_head: u32, x_row: u32, x_col: u32,
  y_batch: u32, y_head: u32, y_row: u32, y_col: u32,
  out_batch: u32, out_head: u32, out_row: u32, out_col: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read> y: array<Store>;
@group(0) @binding(2) var<storage, read_write> out: array<Store>;
@group(0) @binding(3) var<uniform> params: Params;
override LANES: u32 = 32u;

fn store(base: u32, i: u32, j: vec4u, sum: vec4f) {
  if (i >= params.rows) {
    return;
  }
  let row = base + i * params.out_row;
  let value = sum * params.scale;
  if (j.x < params.cols) { out[row + j.x * params.out_col] = Store(value.x); }
  if (j.y < params.cols) { out[row + j.y * params.out_col] = Store(value.y); }
  if (j.z < params.cols) { out[row + j.z * params.out_col] = Store(value.z); }
  if (j.w < params.cols) { out[row + j.w * params.out_col] = Store(value.w); }
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let col_tiles = (params.cols + 4u * LANES - 1u) / (4u * LANES);
  let row_tiles = (params.rows + 7u) / 8u;
  let tile = linear_group(wid, groups);
  let head = tile / col_tiles / row_tiles;
  let b = head / params.heads;
  let h = head % params.heads;
  if (b >= params.batch) {
    return;
  }
  let i = tile / col_tiles % row_tiles * 8u;
  let j = tile % col_tiles * 4u * LANES + lane + vec4u(0u, 1u, 2u, 3u) * LANES;

  // Rows and columns past the edge read the last one; their sums are not stored.
  let last = params.rows - 1u;
  let x_base = b * params.x_batch + h * params.x_head;
  let i0 = x_base + min(vec4u(i, i + 1u, i + 2u, i + 3u), vec4u(last)) * params.x_row;
  let i4 = x_base + min(vec4u(i + 4u, i + 5u, i + 6u, i + 7u), vec4u(last)) * params.x_row;
  let y_base = b * params.y_batch + h * params.y_head;
  let at = y_base + min(j, vec4u(params.cols - 1u)) * params.y_col;
  var s0: vec4f; var s1: vec4f; var s2: vec4f; var s3: vec4f;
  var s4: vec4f; var s5: vec4f; var s6: vec4f; var s7: vec4f;
  for (var k = 0u; k < params.inner; k += 1u) {
    let x_k = k * params.x_col;
    let y_k = at + k * params.y_row;
    let v = vec4f(f32(y[y_k.x]), f32(y[y_k.y]), f32(y[y_k.z]), f32(y[y_k.w]));
    s0 = fma(vec4f(f32(x[i0.x + x_k])), v, s0);
    s1 = fma(vec4f(f32(x[i0.y + x_k])), v, s1);
    s2 = fma(vec4f(f32(x[i0.z + x_k])), v, s2);
    s3 = fma(vec4f(f32(x[i0.w + x_k])), v, s3);
    s4 = fma(vec4f(f32(x[i4.x + x_k])), v, s4);
    s5 = fma(vec4f(f32(x[i4.y + x_k])), v, s5);
    s6 = fma(vec4f(f32(x[i4.z + x_k])), v, s6);
    s7 = fma(vec4f(f32(x[i4.w + x_k])), v, s7);
  }
  let base = b * params.out_batch + h * params.out_head;
  store(base, i, j, s0);
  store(base, i + 1u, j, s1);
  store(base, i + 2u, j, s2);
  store(base, i + 3u, j, s3);
  store(base, i + 4u, j, s4);
  store(base, i + 5u, j, s5);
  store(base, i + 6u, j, s6);
  store(base, i + 7u, j, s7);
}
