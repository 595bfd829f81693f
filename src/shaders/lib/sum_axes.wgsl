// Where the terms of a reduction lie: up to three kept and three summed axes, outermost first.
// The terms of an output may be cut into `chunks` of `chunk` terms, one workgroup each.
//
// ONE_AXIS says that there is one summed axis: then walking along it is one addition, where looking after
// the other two costs a software adapter as much as the load.
override ONE_AXIS: bool = false;
struct Params {
  outputs: u32,
  terms: u32,
  chunks: u32,
  chunk: u32,
  neutral: f32,
  kept_1: u32,
  kept_2: u32,
  kept_stride_0: u32,
  kept_stride_1: u32,
  kept_stride_2: u32,
  summed_1: u32,
  summed_2: u32,
  summed_stride_0: u32,
  summed_stride_1: u32,
  summed_stride_2: u32,
}

// Terms that a thread joins before it joins what they gave: the rounding error of a sum of n terms
// grows with RUN + n / RUN instead of n.
const RUN: u32 = 64u;

fn kept_offset(p: Params, i: u32) -> u32 {
  let inner = i % p.kept_2;
  let rest = i / p.kept_2;
  return (rest / p.kept_1) * p.kept_stride_0 + (rest % p.kept_1) * p.kept_stride_1
    + inner * p.kept_stride_2;
}

// A term as a place on the three summed axes. Walking from place to place takes no division.
fn summed_place(p: Params, i: u32) -> vec3u {
  if (ONE_AXIS) { return vec3u(0u, 0u, i); }
  let rest = i / p.summed_2;
  return vec3u(rest / p.summed_1, rest % p.summed_1, i % p.summed_2);
}

fn summed_walk(p: Params, place: vec3u, step: vec3u) -> vec3u {
  if (ONE_AXIS) { return vec3u(0u, 0u, place.z + step.z); }
  var next = place + step;
  if (next.z >= p.summed_2) {
    next.z -= p.summed_2;
    next.y += 1u;
  }
  if (next.y >= p.summed_1) {
    next.y -= p.summed_1;
    next.x += 1u;
  }
  return next;
}

fn summed_offset(p: Params, place: vec3u) -> u32 {
  if (ONE_AXIS) { return place.z * p.summed_stride_2; }
  return place.x * p.summed_stride_0 + place.y * p.summed_stride_1 + place.z * p.summed_stride_2;
}
