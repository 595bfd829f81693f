// out = x, resized; one thread per pixel of out.
//: use lib/store.wgsl
//: use lib/items.wgsl
//: use lib/resize.wgsl
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read_write> out: array<Store>;
@group(0) @binding(2) var<uniform> params: Params;

fn along_row(row: u32, col: Source) -> f32 {
  let left = f32(x[row * params.W + col.at]);
  if (col.part == 0.0) {
    return left;
  }
  let right = f32(x[row * params.W + min(col.at + 1u, params.W - 1u)]);
  return left * (1.0 - col.part) + right * col.part;
}

fn items() -> u32 { return params.total; }

fn item(pixel: u32) {
  let first = pixel / params.OW / params.OH * params.H;
  let row = source(pixel / params.OW % params.OH, params.H, params.OH);
  let col = source(pixel % params.OW, params.W, params.OW);
  var value = along_row(first + row.at, col);
  if (row.part != 0.0) {
    let below = along_row(first + min(row.at + 1u, params.H - 1u), col);
    value = value * (1.0 - row.part) + below * row.part;
  }
  out[pixel] = Store(value);
}
