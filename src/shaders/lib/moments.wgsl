// Mean and variance in one pass over memory (Welford, 1962), exact also where mean >> std:
//
//     m_n = m_(n-1) + (x - m_(n-1)) / n          q_n = q_(n-1) + (x - m_(n-1)) (x - m_n)
//
// Each of a thread's LANES columns has its own m and q; row_moments joins them (Chan, Golub and
// LeVeque, 1979): mean = sum n m / N, variance = sum (q + n (m - mean)^2) / N.
//: use lib/row_reduce.wgsl
struct Welford {
  count: f32,
  mean: Lanes,
  squares: Lanes,
}

fn welford() -> Welford {
  return Welford(0.0, Lanes(0.0), Lanes(0.0));
}

fn visited(w: Welford, x: Lanes) -> Welford {
  let count = w.count + 1.0;
  let d = x - w.mean;
  let mean = w.mean + d * (1.0 / count);
  return Welford(count, mean, w.squares + d * (x - mean));
}

// Mean and variance of the row, of `size` elements, that threads have visited.
fn row_moments(w: Welford, size: f32, thread: u32) -> vec2f {
  let mean = row_sum(lane_sum(w.mean) * w.count, thread) / size;
  let d = w.mean - mean;
  return vec2f(mean, row_sum(lane_sum(w.squares + w.count * d * d), thread) / size);
}
