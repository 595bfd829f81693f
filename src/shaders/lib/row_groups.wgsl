// Sums of GROUPS groups of HALF rows, over 4 or 2 × 4 columns per lane; a row takes four or eight steps
// one after the other. The rows of a group lie on the lanes of a subgroup and are handed round.
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
// Whether a row takes 8 steps at a time.
override EIGHT: bool = false;

// Four steps of the other operand over this lane's columns, a column of the matrix to each; the next four.
var<private> b_lo: mat4x4f;
var<private> b_hi: mat4x4f;
// The same of its other four columns.
var<private> d_lo: mat4x4f;
var<private> d_hi: mat4x4f;
// Row r of group g at g HALF + r: of its first 4 columns, of the others.
var<private> sums: array<vec4f, 32>;
var<private> more: array<vec4f, 32>;

fn add_four(sum: f32, x: vec4f, y: vec4f) -> f32 {
  return fma(x.w, y.w, fma(x.z, y.z, fma(x.y, y.y, fma(x.x, y.x, sum))));
}

// One sum after the other, each through all its steps: the compiler of SwiftShader keeps what is used at
// once in a register, and stores all else.
fn add_steps(s: vec4f, x_lo: vec4f, x_hi: vec4f, y_lo: mat4x4f, y_hi: mat4x4f) -> vec4f {
  if (EIGHT) {
    return vec4f(
      add_four(add_four(s.x, x_lo, y_lo[0]), x_hi, y_hi[0]),
      add_four(add_four(s.y, x_lo, y_lo[1]), x_hi, y_hi[1]),
      add_four(add_four(s.z, x_lo, y_lo[2]), x_hi, y_hi[2]),
      add_four(add_four(s.w, x_lo, y_lo[3]), x_hi, y_hi[3]),
    );
  }
  return vec4f(
    add_four(s.x, x_lo, y_lo[0]),
    add_four(s.y, x_lo, y_lo[1]),
    add_four(s.z, x_lo, y_lo[2]),
    add_four(s.w, x_lo, y_lo[3]),
  );
}

fn add_row(i: u32, x_lo: vec4f, x_hi: vec4f) {
  sums[i] = add_steps(sums[i], x_lo, x_hi, b_lo, b_hi);
  if (TWICE) { more[i] = add_steps(more[i], x_lo, x_hi, d_lo, d_hi); }
}

// Adds group g, whose steps of a row lie on each lane: four, and the next four.
fn add_group(g: u32, lo: vec4f, hi: vec4f) {
  let i = g * HALF;
  if (HALF == 4) {
    // The subgroup is one quad.
    add_row(i, quadBroadcast(lo, 0u), quadBroadcast(hi, 0u));
    add_row(i + 1, quadBroadcast(lo, 1u), quadBroadcast(hi, 1u));
    add_row(i + 2, quadBroadcast(lo, 2u), quadBroadcast(hi, 2u));
    add_row(i + 3, quadBroadcast(lo, 3u), quadBroadcast(hi, 3u));
  } else {
    add_row(i, subgroupBroadcast(lo, 0u), subgroupBroadcast(hi, 0u));
    add_row(i + 1, subgroupBroadcast(lo, 1u), subgroupBroadcast(hi, 1u));
    add_row(i + 2, subgroupBroadcast(lo, 2u), subgroupBroadcast(hi, 2u));
    add_row(i + 3, subgroupBroadcast(lo, 3u), subgroupBroadcast(hi, 3u));
    add_row(i + 4, subgroupBroadcast(lo, 4u), subgroupBroadcast(hi, 4u));
    add_row(i + 5, subgroupBroadcast(lo, 5u), subgroupBroadcast(hi, 5u));
    add_row(i + 6, subgroupBroadcast(lo, 6u), subgroupBroadcast(hi, 6u));
    add_row(i + 7, subgroupBroadcast(lo, 7u), subgroupBroadcast(hi, 7u));
  }
}
