// The tile of lib/attention.tile.wgsl, rows' operands loaded one per lane and handed round.
//: use lib/subgroup_tile.wgsl

// s += (operand of every row at step k) × x, x being of this lane's columns.
fn add_step(operand: u32, k: u32, lane: u32, x: vec4f) {
  let row = lane % HALF;
  add_product(left(operand, row, k), left(operand, row + HALF, k), x);
}
