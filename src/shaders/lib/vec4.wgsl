// Elements of a buffer four at a time.
//: use lib/store.wgsl
alias StoreLanes = Store4;
alias Lanes = vec4f;
const LANES: u32 = 4u;

fn lane_sum(v: Lanes) -> f32 {
  return v.x + v.y + v.z + v.w;
}
