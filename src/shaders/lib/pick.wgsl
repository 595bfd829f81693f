// Sum i of eight. Chosen in one loop with a single store, so that what is done with it is compiled once: a
// driver that unrolls a shorter loop of several stores takes seven times as long to compile it.
fn pick(i: u32, low: mat4x4f, high: mat4x4f) -> vec4f {
  let x = select(low[0], low[1], i == 1);
  let y = select(low[2], low[3], i == 3);
  let z = select(high[0], high[1], i == 5);
  let w = select(high[2], high[3], i == 7);
  return select(select(x, y, i >= 2), select(z, w, i >= 6), i >= 4);
}
