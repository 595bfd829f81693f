// As winograd4.input.wgsl, where rows are a multiple of four pixels, with one pixel of padding: four of a
// tile's six are read at once.
//: use lib/winograd4.input.wgsl
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> planes: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn pixels(plane: i32, y: i32, x0: i32, inside: bool) -> Six {
  let there = inside & (y >= 0) & (y < params.H);
  let at = (plane + clamp(y, 0, params.H - 1) * params.W + x0 + 1) / 4;
  let four = select(vec4f(), x[at], there);
  let before = select(0f, x[max(at, 1) - 1].w, there & (x0 > 0));
  let after = select(0f, x[at + 1].x, there & (x0 + 5 < params.W));
  return Six(before, four.x, four.y, four.z, four.w, after);
}
