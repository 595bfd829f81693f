// out[r, c] = scale * sum over a, b < size of x[r * size + a, c * size + b]: one thread per block.
// Pictures and channels are merged into rows.
//: use lib/store.wgsl
//: use lib/items.wgsl
struct Params {
  total: u32,
  width: u32,
  size: u32,
  scale: f32,
}
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read_write> out: array<Store>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.total; }

fn item(at: u32) {
  let wide = params.width * params.size;
  let corner = at / params.width * params.size * wide + at % params.width * params.size;
  var sum = 0.0;
  for (var a = 0u; a < params.size; a += 1u) {
    for (var b = 0u; b < params.size; b += 1u) {
      sum += f32(x[corner + a * wide + b]);
    }
  }
  out[at] = Store(params.scale * sum);
}
