// Unsigned integers in the order of the values: every NaN last, -0 equal to 0; turned round by
// DESCENDING.
override KIND: u32 = 0u;   // 0: f32, 1: i32, 2: u32
override DESCENDING: bool = false;

fn sort_key(bits: u32) -> u32 {
  var key = bits;
  if (KIND == 1u) {
    key = bits ^ 0x80000000u;
  }
  if (KIND == 0u) {
    key = select(bits ^ 0x80000000u, ~bits, bits >= 0x80000000u);
    key = select(key, 0x80000000u, bits << 1u == 0u);
    key = select(key, 0xffffffffu, (bits & 0x7fffffffu) > 0x7f800000u);
  }
  return select(key, ~key, DESCENDING);
}

// Whether a stands before b, each a key and its place: equal keys keep their order.
fn before(a: vec2u, b: vec2u) -> bool {
  return a.x < b.x || (a.x == b.x && a.y < b.y);
}
