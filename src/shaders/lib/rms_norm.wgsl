// What the kernels of RMS normalisation share. Columns are counted in units of Lanes.
struct Params {
  rows: u32,
  cols: u32,
  eps: f32,
  has_weight: u32,
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

// 1 / sqrt(mean x^2 + eps) of a row.
fn scale_of(row: Row, thread: u32) -> f32 {
  var squares = Lanes(0.0);
  for (var i = row.first; i < row.end; i += THREADS) {
    let v = Lanes(x[row.base + i]);
    squares += v * v;
  }
  let size = f32(params.cols * LANES);
  return inverseSqrt(row_sum(lane_sum(squares), thread) / size + params.eps);
}

// Without a weight another tensor is bound in its place: what was read is not used.
fn weight_of(i: u32) -> Lanes {
  return select(Lanes(1.0), Lanes(weight[i]), params.has_weight != 0u);
}
