// dx = [dy * gelu(g), dy * h * gelu'(g)] for x = [h, g], four elements of dy per thread.
//: use lib/items.wgsl
//: use lib/special.wgsl
struct Params {
  rows: u32,
  // Vectors in a row of dy: half of those in a row of x.
  half: u32,
}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

fn items() -> u32 { return params.rows * params.half; }

fn item(i: u32) {
  let at = i + (i / params.half) * params.half;
  let g = x[at + params.half];
  let cdf = normal_cdf(g);
  dx[at] = dy[i] * g * cdf;
  dx[at + params.half] = dy[i] * x[at] * (cdf + g * normal_pdf(g));
}
