// The tile of lib/attention.tile.wgsl in plain WGSL: every lane reads the rows' operands, at
// addresses that are the same for the workgroup. Names as in lib/subgroup_tile.wgsl.
override SUBGROUP: u32 = 32;
override HALF: u32 = 8;

var<private> s0: vec4f; var<private> s1: vec4f; var<private> s2: vec4f; var<private> s3: vec4f;
var<private> s4: vec4f; var<private> s5: vec4f; var<private> s6: vec4f; var<private> s7: vec4f;
var<private> t0: vec4f; var<private> t1: vec4f; var<private> t2: vec4f; var<private> t3: vec4f;
var<private> t4: vec4f; var<private> t5: vec4f; var<private> t6: vec4f; var<private> t7: vec4f;

// s += (operand of every row at step k) × x, x being of this lane's columns.
fn add_step(operand: u32, k: u32, lane: u32, x: vec4f) {
  s0 = fma(vec4f(left(operand, 0, k)), x, s0);
  s1 = fma(vec4f(left(operand, 1, k)), x, s1);
  s2 = fma(vec4f(left(operand, 2, k)), x, s2);
  s3 = fma(vec4f(left(operand, 3, k)), x, s3);
  t0 = fma(vec4f(left(operand, HALF, k)), x, t0);
  t1 = fma(vec4f(left(operand, HALF + 1, k)), x, t1);
  t2 = fma(vec4f(left(operand, HALF + 2, k)), x, t2);
  t3 = fma(vec4f(left(operand, HALF + 3, k)), x, t3);
  if (HALF == 8) {
    s4 = fma(vec4f(left(operand, 4, k)), x, s4);
    s5 = fma(vec4f(left(operand, 5, k)), x, s5);
    s6 = fma(vec4f(left(operand, 6, k)), x, s6);
    s7 = fma(vec4f(left(operand, 7, k)), x, s7);
    t4 = fma(vec4f(left(operand, 12, k)), x, t4);
    t5 = fma(vec4f(left(operand, 13, k)), x, t5);
    t6 = fma(vec4f(left(operand, 14, k)), x, t6);
    t7 = fma(vec4f(left(operand, 15, k)), x, t7);
  }
}
