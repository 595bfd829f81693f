// A fused function, four elements a thread, where the innermost axis is a multiple of four.
// INPUTS, the bindings and `fused` are written by ops/shared/fuse-text.ts. `total` and `inner` count
// vec4s.
//: use lib/fuse.wgsl
alias Lane = Store4;

// The vec4 in which operand k has its elements for this place.
fn lane_of(at: Place, k: u32, runs: bool) -> u32 {
  return row_of(at, k) / 4u + select(0u, at.column, runs);
}

fn load(lane: Lane, at: Place, k: u32, runs: bool) -> vec4f {
  if (runs) {
    return vec4f(lane);
  }
  return vec4f(f32(lane[row_of(at, k) % 4u]));
}

fn stored(y: vec4f) -> Lane {
  return Store4(y);
}

fn items() -> u32 { return params.total; }

fn item(i: u32) {
  fused(place_of(i));
}
