// Sums of four groups of rows, p, q, r and s, of HALF rows each, over 4 columns per lane: they stay
// in registers, and a row takes four steps one after the other. The rows of a group lie on the lanes
// of a subgroup and are handed round.
//: use lib/pick.wgsl
enable subgroups;
override SUBGROUP: u32 = 8;
// 8, or 4 on subgroups of 4 lanes.
override HALF: u32 = 8;

// Four steps of the other operand over this lane's 4 columns.
var<private> b0: vec4f; var<private> b1: vec4f; var<private> b2: vec4f; var<private> b3: vec4f;
var<private> p0: vec4f; var<private> p1: vec4f; var<private> p2: vec4f; var<private> p3: vec4f;
var<private> p4: vec4f; var<private> p5: vec4f; var<private> p6: vec4f; var<private> p7: vec4f;
var<private> q0: vec4f; var<private> q1: vec4f; var<private> q2: vec4f; var<private> q3: vec4f;
var<private> q4: vec4f; var<private> q5: vec4f; var<private> q6: vec4f; var<private> q7: vec4f;
var<private> r0: vec4f; var<private> r1: vec4f; var<private> r2: vec4f; var<private> r3: vec4f;
var<private> r4: vec4f; var<private> r5: vec4f; var<private> r6: vec4f; var<private> r7: vec4f;
var<private> s0: vec4f; var<private> s1: vec4f; var<private> s2: vec4f; var<private> s3: vec4f;
var<private> s4: vec4f; var<private> s5: vec4f; var<private> s6: vec4f; var<private> s7: vec4f;

// sum + four steps of a row × four steps of this lane's columns
fn add(sum: vec4f, row: vec4f) -> vec4f {
  let s01 = fma(vec4f(row.y), b1, fma(vec4f(row.x), b0, sum));
  return fma(vec4f(row.w), b3, fma(vec4f(row.z), b2, s01));
}

fn add_p(x: vec4f) {
  p0 = add(p0, subgroupBroadcast(x, 0u));
  p1 = add(p1, subgroupBroadcast(x, 1u));
  p2 = add(p2, subgroupBroadcast(x, 2u));
  p3 = add(p3, subgroupBroadcast(x, 3u));
  if (HALF == 8) {
    p4 = add(p4, subgroupBroadcast(x, 4u));
    p5 = add(p5, subgroupBroadcast(x, 5u));
    p6 = add(p6, subgroupBroadcast(x, 6u));
    p7 = add(p7, subgroupBroadcast(x, 7u));
  }
}
fn add_q(x: vec4f) {
  q0 = add(q0, subgroupBroadcast(x, 0u));
  q1 = add(q1, subgroupBroadcast(x, 1u));
  q2 = add(q2, subgroupBroadcast(x, 2u));
  q3 = add(q3, subgroupBroadcast(x, 3u));
  if (HALF == 8) {
    q4 = add(q4, subgroupBroadcast(x, 4u));
    q5 = add(q5, subgroupBroadcast(x, 5u));
    q6 = add(q6, subgroupBroadcast(x, 6u));
    q7 = add(q7, subgroupBroadcast(x, 7u));
  }
}
fn add_r(x: vec4f) {
  r0 = add(r0, subgroupBroadcast(x, 0u));
  r1 = add(r1, subgroupBroadcast(x, 1u));
  r2 = add(r2, subgroupBroadcast(x, 2u));
  r3 = add(r3, subgroupBroadcast(x, 3u));
  if (HALF == 8) {
    r4 = add(r4, subgroupBroadcast(x, 4u));
    r5 = add(r5, subgroupBroadcast(x, 5u));
    r6 = add(r6, subgroupBroadcast(x, 6u));
    r7 = add(r7, subgroupBroadcast(x, 7u));
  }
}
fn add_s(x: vec4f) {
  s0 = add(s0, subgroupBroadcast(x, 0u));
  s1 = add(s1, subgroupBroadcast(x, 1u));
  s2 = add(s2, subgroupBroadcast(x, 2u));
  s3 = add(s3, subgroupBroadcast(x, 3u));
  if (HALF == 8) {
    s4 = add(s4, subgroupBroadcast(x, 4u));
    s5 = add(s5, subgroupBroadcast(x, 5u));
    s6 = add(s6, subgroupBroadcast(x, 6u));
    s7 = add(s7, subgroupBroadcast(x, 7u));
  }
}

// The sums of row i of the four groups.
fn sum_of(i: u32) -> vec4f {
  let row = i % HALF;
  let p = pick(row, mat4x4f(p0, p1, p2, p3), mat4x4f(p4, p5, p6, p7));
  let q = pick(row, mat4x4f(q0, q1, q2, q3), mat4x4f(q4, q5, q6, q7));
  let r = pick(row, mat4x4f(r0, r1, r2, r3), mat4x4f(r4, r5, r6, r7));
  let s = pick(row, mat4x4f(s0, s1, s2, s3), mat4x4f(s4, s5, s6, s7));
  let group = i / HALF;
  return select(select(p, q, group == 1), select(r, s, group == 3), group >= 2);
}
