// out[r * scale + a, c * scale + b] = x[r, c] for a, b < scale: one thread per pixel of x. Pictures
// and channels are merged into rows.
//: use lib/store.wgsl
//: use lib/items.wgsl
struct Params {
  total: u32,
  width: u32,
  scale: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read_write> out: array<Store>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.total; }

fn item(at: u32) {
  let wide = params.width * params.scale;
  let corner = at / params.width * params.scale * wide + at % params.width * params.scale;
  let value = x[at];
  for (var a = 0u; a < params.scale; a += 1u) {
    for (var b = 0u; b < params.scale; b += 1u) {
      out[corner + a * wide + b] = value;
    }
  }
}
