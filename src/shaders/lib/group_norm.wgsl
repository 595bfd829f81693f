// What the kernels of group normalisation share. A group is `channels` rows of `pixels` elements,
// one after another in x; both are counted in units of Lanes.
struct Params {
  groups: u32,       // N * G
  per_picture: u32,  // G
  channels: u32,     // C / G
  pixels: u32,       // H * W / LANES
  eps: f32,
}
override SILU: bool = false;

// Mean and 1 / sqrt(var + eps) of a group, in two passes: exact also where mean >> std.
fn moments(base: u32, count: u32, thread: u32) -> vec2f {
  let size = f32(count * LANES);
  var sum = Lanes(0.0);
  for (var i = thread; i < count; i += THREADS) {
    sum += Lanes(x[base + i]);
  }
  let mean = row_sum(lane_sum(sum), thread) / size;
  var squares = Lanes(0.0);
  for (var i = thread; i < count; i += THREADS) {
    let d = Lanes(x[base + i]) - mean;
    squares += d * d;
  }
  return vec2f(mean, inverseSqrt(row_sum(lane_sum(squares), thread) / size + params.eps));
}

// The cotangent of weight * xhat + bias, from that of the result.
fn before_activation(dy: Lanes, y: Lanes) -> Lanes {
  if (!SILU) {
    return dy;
  }
  let s = 1.0 / (1.0 + exp(-y));
  return dy * s * (1.0 + y * (1.0 - s));
}
