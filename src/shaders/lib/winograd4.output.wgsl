// Aᵀ m A of every tile, and the bias: m [36, channels, tiles] → y [N, channels, H, W]. One thread per tile
// and channel; whoever uses this writes the pixels:
//
//     write(row, p, r)     a tile's row of four pixels; `row` is where the picture's row begins
//: use lib/winograd4.wgsl
//: use lib/winograd_place.wgsl

fn gathered(m: Six) -> vec4f {
  let even_a = m[1] + m[2];
  let odd_a = m[1] - m[2];
  let even_b = m[3] + m[4];
  let odd_b = m[3] - m[4];
  return vec4f(
    m[0] + even_a + even_b,
    A * odd_a + B * odd_b,
    0.5 * even_a + 2 * even_b,
    0.5 * A * odd_a + 2 * B * odd_b + m[5],
  );
}

fn column(at: u32) -> vec4f {
  let step = 6 * params.channels * params.tiles;
  return gathered(
    Six(m[at], m[at + step], m[at + 2 * step], m[at + 3 * step], m[at + 4 * step], m[at + 5 * step]),
  );
}

fn items() -> u32 { return params.channels * params.tiles; }

fn item(at: u32) {
  let step = params.channels * params.tiles;
  let p = place_of(at % params.tiles);
  if (!p.inside) { return; }
  let channel = at / params.tiles;
  let c0 = column(at);
  let c1 = column(at + step);
  let c2 = column(at + 2 * step);
  let c3 = column(at + 3 * step);
  let c4 = column(at + 4 * step);
  let c5 = column(at + 5 * step);
  let add = select(0f, bias[channel], params.has_bias != 0);
  let row = (i32(p.image * params.channels + channel) * params.H + p.y) * params.W;
  write(row, p, add + gathered(Six(c0.x, c1.x, c2.x, c3.x, c4.x, c5.x)), 0);
  write(row, p, add + gathered(Six(c0.y, c1.y, c2.y, c3.y, c4.y, c5.y)), 1);
  write(row, p, add + gathered(Six(c0.z, c1.z, c2.z, c3.z, c4.z, c5.z)), 2);
  write(row, p, add + gathered(Six(c0.w, c1.w, c2.w, c3.w, c4.w, c5.w)), 3);
}
