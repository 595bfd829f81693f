// log sum_j exp(logits[base + j]) = largest + log(sum), over `cols` neighbours of `logits`.
struct LogSumExp {
  largest: f32,
  sum: f32,
}

fn log_sum_exp(base: u32, cols: u32) -> LogSumExp {
  var largest = -3.4028234e38;
  for (var c = 0u; c < cols; c++) {
    largest = max(largest, logits[base + c]);
  }
  var sum = 0.0;
  for (var c = 0u; c < cols; c++) {
    sum += exp(logits[base + c] - largest);
  }
  return LogSumExp(largest, sum);
}
