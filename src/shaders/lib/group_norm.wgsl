//: use lib/moments.wgsl
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

// Mean and 1 / sqrt(var + eps) of a group.
fn moments(base: u32, count: u32, thread: u32) -> vec2f {
  var w = welford();
  for (var i = thread; i < count; i += THREADS) {
    w = visited(w, Lanes(x[base + i]));
  }
  let m = row_moments(w, f32(count * LANES), thread);
  return vec2f(m.x, inverseSqrt(m.y + params.eps));
}

// The cotangent of weight * xhat + bias, from that of the result.
fn before_activation(dy: Lanes, y: Lanes) -> Lanes {
  if (!SILU) {
    return dy;
  }
  let s = 1.0 / (1.0 + exp(-y));
  return dy * s * (1.0 + y * (1.0 - s));
}
