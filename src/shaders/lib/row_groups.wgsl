// Sums of GROUPS groups of HALF rows, over 4 or 2 × 4 columns per lane; a row takes four steps one
// after the other. The rows of a group lie on the lanes of a subgroup and are handed round.
//
// The sums are an array, read by a changing index at the end, so that a software adapter keeps them in
// memory. As variables they would all be live at once: its compiler then does the products of all
// rows first, and stores and loads each of those too (half as fast with 16 registers).
enable subgroups;
override SUBGROUP: u32 = 8;
// Rows of a group: 8, or 4 on subgroups of 4 lanes.
override HALF: u32 = 8;
// 4 or 8.
override GROUPS: u32 = 4;
// Whether a lane has 8 columns.
override TWICE: bool = false;

// Four steps of the other operand over this lane's columns.
var<private> b0: vec4f; var<private> b1: vec4f; var<private> b2: vec4f; var<private> b3: vec4f;
var<private> d0: vec4f; var<private> d1: vec4f; var<private> d2: vec4f; var<private> d3: vec4f;
// Row r of group g at g HALF + r: of its first 4 columns, of the others.
var<private> sums: array<vec4f, 32>;
var<private> more: array<vec4f, 32>;

fn add_row(i: u32, row: vec4f) {
  let s = fma(vec4f(row.y), b1, fma(vec4f(row.x), b0, sums[i]));
  sums[i] = fma(vec4f(row.w), b3, fma(vec4f(row.z), b2, s));
  if (TWICE) {
    let t = fma(vec4f(row.y), d1, fma(vec4f(row.x), d0, more[i]));
    more[i] = fma(vec4f(row.w), d3, fma(vec4f(row.z), d2, t));
  }
}

// Adds group g, whose four steps of a row lie on each lane.
fn add_group(g: u32, x: vec4f) {
  let i = g * HALF;
  add_row(i, subgroupBroadcast(x, 0u));
  add_row(i + 1, subgroupBroadcast(x, 1u));
  add_row(i + 2, subgroupBroadcast(x, 2u));
  add_row(i + 3, subgroupBroadcast(x, 3u));
  if (HALF == 8) {
    add_row(i + 4, subgroupBroadcast(x, 4u));
    add_row(i + 5, subgroupBroadcast(x, 5u));
    add_row(i + 6, subgroupBroadcast(x, 6u));
    add_row(i + 7, subgroupBroadcast(x, 7u));
  }
}
