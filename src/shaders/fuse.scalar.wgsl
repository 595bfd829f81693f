// A fused function, one element a thread: for innermost axes of any length. See fuse.vec4.wgsl.
//: use lib/fuse.wgsl
alias Lane = Store;

fn lane_of(at: Place, k: u32, runs: bool) -> u32 {
  return row_of(at, k) + select(0u, at.column, runs);
}

fn load(lane: Lane, at: Place, k: u32, runs: bool) -> vec4f {
  return vec4f(f32(lane));
}

fn stored(y: vec4f) -> Lane {
  return Store(y.x);
}

fn items() -> u32 { return params.total; }

fn item(i: u32) {
  fused(place_of(i));
}
