// Bᵀ d B of every tile of 6 × 6 pixels: x [N, channels, H, W] → planes [36, channels, tiles]. One thread per
// tile and channel; whoever uses this reads the pixels:
//
//     pixels(plane, y, x0, inside)     x0 … x0 + 5 of a row, zeros beyond the picture
//: use lib/winograd4.planes.wgsl

fn spread(d: Six) -> Six {
  let even_a = d[4] - 2 * d[2];
  let even_b = d[4] - 0.5 * d[2];
  let odd_a = A * d[3] - B * d[1];
  let odd_b = B * d[3] - A * d[1];
  return Six(
    d[0] - 2.5 * d[2] + d[4],
    even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b,
    d[1] - 2.5 * d[3] + d[5],
  );
}

fn item(at: u32) {
  let step = params.channels * params.tiles;
  let p = place_of(at % params.tiles);
  let image = min(p.image, (params.all - 1) / params.across / params.down);
  let plane = i32(image * params.channels + at / params.tiles) * params.H * params.W;
  let y = p.y - params.pad_y;
  let x = p.x - params.pad_x;
  let r0 = spread(pixels(plane, y, x, p.inside));
  let r1 = spread(pixels(plane, y + 1, x, p.inside));
  let r2 = spread(pixels(plane, y + 2, x, p.inside));
  let r3 = spread(pixels(plane, y + 3, x, p.inside));
  let r4 = spread(pixels(plane, y + 4, x, p.inside));
  let r5 = spread(pixels(plane, y + 5, x, p.inside));
  store(at, spread(Six(r0[0], r1[0], r2[0], r3[0], r4[0], r5[0])));
  store(at + step, spread(Six(r0[1], r1[1], r2[1], r3[1], r4[1], r5[1])));
  store(at + 2 * step, spread(Six(r0[2], r1[2], r2[2], r3[2], r4[2], r5[2])));
  store(at + 3 * step, spread(Six(r0[3], r1[3], r2[3], r3[3], r4[3], r5[3])));
  store(at + 4 * step, spread(Six(r0[4], r1[4], r2[4], r3[4], r4[4], r5[4])));
  store(at + 5 * step, spread(Six(r0[5], r1[5], r2[5], r3[5], r4[5], r5[5])));
}
