//: use lib/moments.wgsl
// What the kernels of layer normalisation share. Columns are counted in units of Lanes.
struct Params {
  rows: u32,
  cols: u32,
  eps: f32,
}

// The columns a thread visits: none past the last row. (A return would leave the barriers behind.)
struct Row {
  base: u32,
  first: u32,
  end: u32,
}

fn row_of(group: u32, thread: u32) -> Row {
  let row = group * (WORKGROUP / THREADS) + thread / THREADS;
  return Row(row * params.cols, thread % THREADS, select(0u, params.cols, row < params.rows));
}

// Mean and 1 / sqrt(var + eps) of a row.
fn moments(row: Row, thread: u32) -> vec2f {
  var w = welford();
  for (var i = row.first; i < row.end; i += THREADS) {
    w = visited(w, Lanes(x[row.base + i]));
  }
  let m = row_moments(w, f32(params.cols * LANES), thread);
  return vec2f(m.x, inverseSqrt(m.y + params.eps));
}
