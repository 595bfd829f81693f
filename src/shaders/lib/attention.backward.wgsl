// Gradients of flash attention. P and dS are made anew, block by block, from the scores and the
// rows'
// m and log l (lib/attention.forward.wgsl):
//
//     P = exp(scale q kᵀ + mask − m − log l)      dS = P ⊙ (dy vᵀ − delta)      delta = ⟨dy, y⟩
//
//     rows are queries:            out = dq = scale dS k         with x, dx = q, dy;  y, dy = k, v
//     rows are keys (by_keys):     out = dk = scale dSᵀ q,
//                                  and behind it dv = Pᵀ dy      with x, dx = k, v;   y, dy = q, dy
//
// One subgroup, or as many threads, per 2·HALF rows of a head. Sums lie in `out` between blocks.
//: use lib/index.wgsl
//: use lib/attention.tile.wgsl
struct Params {
  batch: u32, heads: u32, queries: u32, keys: u32, channels: u32, scale: f32,
  masked: u32, causal: u32, by_keys: u32,
}
@group(0) @binding(0) var<storage, read> row_x: array<f32>;
@group(0) @binding(1) var<storage, read> row_d: array<f32>;
@group(0) @binding(2) var<storage, read> col_x: array<f32>;
@group(0) @binding(3) var<storage, read> col_d: array<f32>;
@group(0) @binding(4) var<storage, read> mask: array<f32>;
@group(0) @binding(5) var<storage, read> stats: array<f32>;
@group(0) @binding(6) var<storage, read> delta: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;
// Operands of rows, and of what they are multiplied with.
const ROW_X = 0u;
const ROW_D = 1u;
const WEIGHTS = 2u;
const SLOPES = 3u;
// Where sums go.
const INNER = 0u;
const INNER_D = 1u;
const STORE = 2u;

// dS, as `weights` are P.
var<workgroup> slopes: array<f32, ROWS * BLOCK>;
var<private> batch: u32;
var<private> head: u32;
var<private> rows: u32;
var<private> columns: u32;
var<private> first_row: u32;
var<private> row_size: u32;
var<private> row_base: u32;
var<private> out_base: u32;
var<private> block: u32;
var<private> column: vec4u;

fn left(operand: u32, row: u32, step: u32) -> f32 {
  if (operand == WEIGHTS) { return weights[step * ROWS + row]; }
  if (operand == SLOPES) { return slopes[step * ROWS + row]; }
  let at = row_base + min(first_row + row, rows - 1) * row_size + step;
  if (operand == ROW_D) { return row_d[at]; }
  return row_x[at];
}

fn take_row(what: u32, row: u32, sum: vec4f) {
  let i = column * ROWS + row;
  if (what == INNER) {
    weights[i.x] = sum.x;
    weights[i.y] = sum.y;
    weights[i.z] = sum.z;
    weights[i.w] = sum.w;
    return;
  }
  if (what == INNER_D) {
    slopes[i.x] = sum.x;
    slopes[i.y] = sum.y;
    slopes[i.z] = sum.z;
    slopes[i.w] = sum.w;
    return;
  }
  if (first_row + row >= rows) { return; }
  let at = out_base + (first_row + row) * row_size + column;
  if (column.x < params.channels) { out[at.x] = sum.x; }
  if (column.y < params.channels) { out[at.y] = sum.y; }
  if (column.z < params.channels) { out[at.z] = sum.z; }
  if (column.w < params.channels) { out[at.w] = sum.w; }
}

fn load_row(row: u32) -> vec4f {
  let i = min(first_row + row, rows - 1);
  let at = out_base + i * row_size + min(column, vec4u(params.channels - 1));
  return vec4f(out[at.x], out[at.y], out[at.z], out[at.w]);
}

// Products → P and dS.
fn differentiate(count: u32, lane: u32) {
  for (var i = lane; i < ROWS * count; i += SUBGROUP) {
    let row = min(first_row + i % ROWS, rows - 1);
    let col = block + i / ROWS;
    let by_keys = params.by_keys != 0;
    let query = select(row, col, by_keys);
    let key = select(col, row, by_keys);
    var z = weights[i] * params.scale;
    if (params.masked != 0) {
      z += mask[batch * params.keys + key];
    }
    let seen = z > UNSEEN && !(params.causal != 0 && key > query);
    let at = (batch * params.queries + query) * params.heads + head;
    let p = select(0.0, exp(z - stats[2 * at] - stats[2 * at + 1]), seen);
    weights[i] = p;
    slopes[i] = p * (slopes[i] - delta[at]) * params.scale;
  }
}
