// Elements of a buffer one by one: for rows that four does not divide.
//: use lib/store.wgsl
alias StoreLanes = Store;
alias Lanes = f32;
const LANES: u32 = 1u;

fn lane_sum(v: Lanes) -> f32 {
  return v;
}
