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

// Mean and 1 / sqrt(var + eps) of a row, in two passes: exact also where mean >> std.
fn moments(row: Row, thread: u32) -> vec2f {
  let size = f32(params.cols * LANES);
  var sum = Lanes(0.0);
  for (var i = row.first; i < row.end; i += THREADS) {
    sum += Lanes(x[row.base + i]);
  }
  let mean = row_sum(lane_sum(sum), thread) / size;
  var squares = Lanes(0.0);
  for (var i = row.first; i < row.end; i += THREADS) {
    let d = Lanes(x[row.base + i]) - mean;
    squares += d * d;
  }
  return vec2f(mean, inverseSqrt(row_sum(lane_sum(squares), thread) / size + params.eps));
}
