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

// The sums of row i.
fn sum_of(i: u32) -> vec4f {
  let lo = pick(i, mat4x4f(s0, s1, s2, s3), mat4x4f(s4, s5, s6, s7));
  let hi = pick(i - HALF, mat4x4f(t0, t1, t2, t3), mat4x4f(t4, t5, t6, t7));
  return select(hi, lo, i < HALF);
}
