// A dy Aᵀ of every tile, 0 past the picture's edge: dy [N, channels, H, W] → planes [36, channels, tiles]. One
// thread per tile and channel; whoever uses this reads the pixels:
//
//     pixels(plane, y, x, inside)     x … x + 3 of a row, zeros beyond the picture
//: use lib/winograd4.planes.wgsl

fn spread(d: vec4f) -> Six {
  let even_a = d.x + 0.5 * d.z;
  let odd_a = A * (d.y + 0.5 * d.w);
  let even_b = d.x + 2 * d.z;
  let odd_b = B * (d.y + 2 * d.w);
  return Six(d.x, even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, d.w);
}

fn item(at: u32) {
  let step = params.channels * params.tiles;
  let p = place_of(at % params.tiles);
  let plane = i32(p.image * params.channels + at / params.tiles) * params.H * params.W;
  let r0 = spread(pixels(plane, p.y, p.x, p.inside));
  let r1 = spread(pixels(plane, p.y + 1, p.x, p.inside));
  let r2 = spread(pixels(plane, p.y + 2, p.x, p.inside));
  let r3 = spread(pixels(plane, p.y + 3, p.x, p.inside));
  store(at, spread(vec4f(r0[0], r1[0], r2[0], r3[0])));
  store(at + step, spread(vec4f(r0[1], r1[1], r2[1], r3[1])));
  store(at + 2 * step, spread(vec4f(r0[2], r1[2], r2[2], r3[2])));
  store(at + 3 * step, spread(vec4f(r0[3], r1[3], r2[3], r3[3])));
  store(at + 4 * step, spread(vec4f(r0[4], r1[4], r2[4], r3[4])));
  store(at + 5 * step, spread(vec4f(r0[5], r1[5], r2[5], r3[5])));
}
