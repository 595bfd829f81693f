// out = softmax(scale q kᵀ + mask) v, block by block of keys, with the maximum m of the scores so
// far
// and the sum l of exp(score − m) for each row: a larger maximum fades what was summed before it.
// `stats` gets m and log l: the row's log-sum-exp in two parts, so that large ones stay precise.
// One subgroup, or as many threads, per 2·HALF queries of a head. Sums lie in `out` between blocks.
//: use lib/index.wgsl
//: use lib/attention.tile.wgsl
struct Params {
  batch: u32, heads: u32, queries: u32, keys: u32, channels: u32, scale: f32,
  masked: u32, causal: u32,
}
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

// Operands of rows.
const QUERIES = 0u;
const WEIGHTS = 1u;
// What happens to sums.
const SCORE = 0u;
const STORE = 1u;

var<workgroup> fade: array<f32, ROWS>;
var<workgroup> largest: array<f32, ROWS>;
var<workgroup> total: array<f32, ROWS>;
var<private> first_row: u32;
var<private> row_size: u32;
var<private> q_base: u32;
var<private> mask_base: u32;
var<private> column: vec4u;

fn left(operand: u32, row: u32, step: u32) -> f32 {
  if (operand == WEIGHTS) {
    return weights[step * ROWS + row];
  }
  return q[q_base + min(first_row + row, params.queries - 1) * row_size + step];
}

fn take_row(what: u32, row: u32, sum: vec4f) {
  if (what == SCORE) {
    let at = column * ROWS + row;
    weights[at.x] = sum.x;
    weights[at.y] = sum.y;
    weights[at.z] = sum.z;
    weights[at.w] = sum.w;
    return;
  }
  if (first_row + row >= params.queries) { return; }
  let at = q_base + (first_row + row) * row_size + column;
  if (column.x < params.channels) { out[at.x] = sum.x; }
  if (column.y < params.channels) { out[at.y] = sum.y; }
  if (column.z < params.channels) { out[at.z] = sum.z; }
  if (column.w < params.channels) { out[at.w] = sum.w; }
}

fn load_row(row: u32) -> vec4f {
  let query = min(first_row + row, params.queries - 1);
  let at = q_base + query * row_size + min(column, vec4u(params.channels - 1));
  return fade[row] * vec4f(out[at.x], out[at.y], out[at.z], out[at.w]);
}

// Products → weights exp(score − m), with m and l brought up to date; one lane per row.
fn soften(row: u32, start: u32, count: u32) {
  let before = largest[row];
  var m = before;
  for (var j = 0u; j < count; j++) {
    var z = weights[j * ROWS + row] * params.scale;
    if (params.masked != 0) {
      z += mask[mask_base + start + j];
    }
    if (params.causal != 0) {
      z = select(z, UNSEEN, start + j > first_row + row);
    }
    weights[j * ROWS + row] = z;
    m = max(m, z);
  }
  let faded = exp(before - m);
  var l = total[row] * faded;
  for (var j = 0u; j < count; j++) {
    let z = weights[j * ROWS + row];
    let e = select(exp(z - m), 0.0, z <= UNSEEN);
    weights[j * ROWS + row] = e;
    l += e;
  }
  largest[row] = m;
  total[row] = l;
  fade[row] = faded;
}

// out *= by over the rows of this group: the places of this lane.
fn scale_rows(by_total: bool, here: u32, lane: u32) {
  for (var r = 0u; r < here; r++) {
    let l = total[r];
    let by = select(1.0 / l, 0.0, l == 0.0);
    let at = q_base + (first_row + r) * row_size;
    for (var c = lane; c < params.channels; c += SUBGROUP) {
      out[at + c] = select(0.0, by * out[at + c], by_total);
    }
  }
}
