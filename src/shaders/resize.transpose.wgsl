// dx = the transpose of resizing, applied to dy: one thread per pixel of dx, which looks through the
// pixels of dy that may have read it. No two threads add to one place.
//: use lib/items.wgsl
//: use lib/resize.wgsl
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// Rows, or columns, of `to` that may read row i of `size`: those between the centres i - 1 and
// i + 1, at the borders also those beyond. First and past the last.
fn readers(i: u32, size: u32, to: u32) -> vec2u {
  let begin = (max((2u * i + 1u) * to, 2u * to + size) - 2u * to - size) / (2u * size);
  let end = ((2u * i + 3u) * to + 3u * size - min(size, (2u * i + 3u) * to)) / (2u * size);
  return vec2u(begin, min(end + 1u, to));
}

// How much of row r goes into row i.
fn weight(i: u32, r: u32, size: u32, to: u32) -> f32 {
  let s = source(i, size, to);
  return select(0.0, 1.0 - s.part, s.at == r)
    + select(0.0, s.part, min(s.at + 1u, size - 1u) == r);
}

fn items() -> u32 { return params.total; }

fn item(pixel: u32) {
  let row = pixel / params.W % params.H;
  let col = pixel % params.W;
  let first = pixel / params.W / params.H * params.OH;
  let rows = readers(row, params.H, params.OH);
  let cols = readers(col, params.W, params.OW);
  var sum = 0.0;
  for (var i = rows.x; i < rows.y; i += 1u) {
    let down = weight(i, row, params.H, params.OH);
    if (down == 0.0) {
      continue;
    }
    var along = 0.0;
    for (var j = cols.x; j < cols.y; j += 1u) {
      along += weight(j, col, params.W, params.OW) * dy[(first + i) * params.OW + j];
    }
    sum += down * along;
  }
  dx[pixel] = sum;
}
