// out = softmax(x + mask) over rows, one row of mask for every `shared_by` rows of x, `mask_row` of
// its elements apart. CAUSAL: row t of `queries` sees columns 0 .. first + t. A column whose mask is
// -inf is not seen, whatever its score, and a row that sees no column is 0.
//: use lib/store.wgsl
//: use lib/index.wgsl
//: use lib/row_reduce.wgsl
struct Params {
  rows: u32,
  cols: u32,
  shared_by: u32,
  mask_row: u32,
  queries: u32,
  first: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read> mask: array<Store>;
@group(0) @binding(2) var<storage, read_write> out: array<Store>;
@group(0) @binding(3) var<uniform> params: Params;
override MASKED: bool = false;
override CAUSAL: bool = false;

// Scores and masks at or below this are of columns that are not seen.
const UNSEEN = -3.4028234e38;

fn score(row: u32, c: u32) -> f32 {
  var z = f32(x[row * params.cols + c]);
  var hidden = CAUSAL && c > params.first + row % params.queries;
  if (MASKED) {
    let added = f32(mask[row / params.shared_by * params.mask_row + c]);
    hidden = hidden || added <= UNSEEN;
    z += added;
  }
  return select(z, UNSEEN, hidden);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = linear_group(wid, groups) * (WORKGROUP / THREADS) + thread / THREADS;
  let base = row * params.cols;
  // Past the last row there is nothing to visit. (A return would leave the barriers behind.)
  let end = select(0u, params.cols, row < params.rows);
  var largest = UNSEEN;
  for (var c = thread % THREADS; c < end; c += THREADS) {
    largest = max(largest, score(row, c));
  }
  largest = row_max(largest, thread);
  var sum = 0.0;
  for (var c = thread % THREADS; c < end; c += THREADS) {
    let z = score(row, c);
    let e = select(exp(z - largest), 0.0, z <= UNSEEN);
    out[base + c] = Store(e);
    sum += e;
  }
  sum = row_sum(sum, thread);
  let scale = select(1.0 / sum, 0.0, sum == 0.0);
  for (var c = thread % THREADS; c < end; c += THREADS) {
    out[base + c] = Store(f32(out[base + c]) * scale);
  }
}
