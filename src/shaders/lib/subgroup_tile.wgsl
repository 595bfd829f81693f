// A tile of sums that a subgroup holds in registers: 2·HALF rows × 4 columns per lane.
//
// The rows' operands take two loads, lo and hi: lane l holds those of row l and of row HALF + l.
// `add_product` hands them round, each to all lanes, by broadcast. A software adapter gathers a
// load lane by lane, even where all lanes ask for one address, at the price of some ten
// multiply-adds (lavapipe: 3 to 6 ns against 0.5); a broadcast is one instruction.
// HALF is 8, or 4 on subgroups of 4 lanes.
//: use lib/pick.wgsl
enable subgroups;

override SUBGROUP: u32 = 8;
override HALF: u32 = 8;

var<private> s0: vec4f; var<private> s1: vec4f; var<private> s2: vec4f; var<private> s3: vec4f;
var<private> s4: vec4f; var<private> s5: vec4f; var<private> s6: vec4f; var<private> s7: vec4f;
var<private> t0: vec4f; var<private> t1: vec4f; var<private> t2: vec4f; var<private> t3: vec4f;
var<private> t4: vec4f; var<private> t5: vec4f; var<private> t6: vec4f; var<private> t7: vec4f;

fn add_product(lo: f32, hi: f32, x: vec4f) {
  s0 = fma(vec4f(subgroupBroadcast(lo, 0u)), x, s0);
  s1 = fma(vec4f(subgroupBroadcast(lo, 1u)), x, s1);
  s2 = fma(vec4f(subgroupBroadcast(lo, 2u)), x, s2);
  s3 = fma(vec4f(subgroupBroadcast(lo, 3u)), x, s3);
  t0 = fma(vec4f(subgroupBroadcast(hi, 0u)), x, t0);
  t1 = fma(vec4f(subgroupBroadcast(hi, 1u)), x, t1);
  t2 = fma(vec4f(subgroupBroadcast(hi, 2u)), x, t2);
  t3 = fma(vec4f(subgroupBroadcast(hi, 3u)), x, t3);
  if (HALF == 8) {
    s4 = fma(vec4f(subgroupBroadcast(lo, 4u)), x, s4);
    s5 = fma(vec4f(subgroupBroadcast(lo, 5u)), x, s5);
    s6 = fma(vec4f(subgroupBroadcast(lo, 6u)), x, s6);
    s7 = fma(vec4f(subgroupBroadcast(lo, 7u)), x, s7);
    t4 = fma(vec4f(subgroupBroadcast(hi, 4u)), x, t4);
    t5 = fma(vec4f(subgroupBroadcast(hi, 5u)), x, t5);
    t6 = fma(vec4f(subgroupBroadcast(hi, 6u)), x, t6);
    t7 = fma(vec4f(subgroupBroadcast(hi, 7u)), x, t7);
  }
}

// Three neighbouring steps: the columns move along the six numbers of a and b. One sum goes through all its
// steps before the next, as in lib/row_groups.wgsl.
fn along(s: vec4f, v: vec3f, a: vec4f, b: vec2f) -> vec4f {
  return vec4f(
    fma(v.z, a.z, fma(v.y, a.y, fma(v.x, a.x, s.x))),
    fma(v.z, a.w, fma(v.y, a.z, fma(v.x, a.y, s.y))),
    fma(v.z, b.x, fma(v.y, a.w, fma(v.x, a.z, s.z))),
    fma(v.z, b.y, fma(v.y, b.x, fma(v.x, a.w, s.w))),
  );
}

fn add_window(lo: vec3f, hi: vec3f, a: vec4f, b: vec2f) {
  if (HALF == 4) {
    // The subgroup is one quad.
    s0 = along(s0, quadBroadcast(lo, 0u), a, b);
    s1 = along(s1, quadBroadcast(lo, 1u), a, b);
    s2 = along(s2, quadBroadcast(lo, 2u), a, b);
    s3 = along(s3, quadBroadcast(lo, 3u), a, b);
    t0 = along(t0, quadBroadcast(hi, 0u), a, b);
    t1 = along(t1, quadBroadcast(hi, 1u), a, b);
    t2 = along(t2, quadBroadcast(hi, 2u), a, b);
    t3 = along(t3, quadBroadcast(hi, 3u), a, b);
  } else {
    s0 = along(s0, subgroupBroadcast(lo, 0u), a, b);
    s1 = along(s1, subgroupBroadcast(lo, 1u), a, b);
    s2 = along(s2, subgroupBroadcast(lo, 2u), a, b);
    s3 = along(s3, subgroupBroadcast(lo, 3u), a, b);
    s4 = along(s4, subgroupBroadcast(lo, 4u), a, b);
    s5 = along(s5, subgroupBroadcast(lo, 5u), a, b);
    s6 = along(s6, subgroupBroadcast(lo, 6u), a, b);
    s7 = along(s7, subgroupBroadcast(lo, 7u), a, b);
    t0 = along(t0, subgroupBroadcast(hi, 0u), a, b);
    t1 = along(t1, subgroupBroadcast(hi, 1u), a, b);
    t2 = along(t2, subgroupBroadcast(hi, 2u), a, b);
    t3 = along(t3, subgroupBroadcast(hi, 3u), a, b);
    t4 = along(t4, subgroupBroadcast(hi, 4u), a, b);
    t5 = along(t5, subgroupBroadcast(hi, 5u), a, b);
    t6 = along(t6, subgroupBroadcast(hi, 6u), a, b);
    t7 = along(t7, subgroupBroadcast(hi, 7u), a, b);
  }
}

// The sums of row i.
fn sum_of(i: u32) -> vec4f {
  let lo = pick(i, mat4x4f(s0, s1, s2, s3), mat4x4f(s4, s5, s6, s7));
  let hi = pick(i - HALF, mat4x4f(t0, t1, t2, t3), mat4x4f(t4, t5, t6, t7));
  return select(hi, lo, i < HALF);
}
