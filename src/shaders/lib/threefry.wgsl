// Threefry-2x32 with 20 rounds: a counter and a key in, 64 random bits out.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).
fn threefry_round(v: vec2u, turn: u32) -> vec2u {
  let x = v.x + v.y;
  return vec2u(x, ((v.y << turn) | (v.y >> (32u - turn))) ^ x);
}

fn threefry_four_a(v: vec2u) -> vec2u {
  return threefry_round(threefry_round(threefry_round(threefry_round(v, 13u), 15u), 26u), 6u);
}

fn threefry_four_b(v: vec2u) -> vec2u {
  return threefry_round(threefry_round(threefry_round(threefry_round(v, 17u), 29u), 16u), 24u);
}

fn threefry(key: vec2u, counter: vec2u) -> vec2u {
  let parity = 0x1bd11bdau ^ key.x ^ key.y;
  var v = counter + key;
  v = threefry_four_a(v) + vec2u(key.y, parity + 1u);
  v = threefry_four_b(v) + vec2u(parity, key.x + 2u);
  v = threefry_four_a(v) + vec2u(key.x, key.y + 3u);
  v = threefry_four_b(v) + vec2u(key.y, parity + 4u);
  return threefry_four_a(v) + vec2u(parity, key.x + 5u);
}
