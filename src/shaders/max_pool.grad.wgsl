// dx[p] = the sum of dy over the windows that chose pixel p, one thread per pixel: no two threads
// add to one place. Pictures and channels are merged into planes.
//: use lib/items.wgsl
struct Params {
  total: u32,
  H: u32, W: u32, OH: u32, OW: u32,
  size: u32, stride: u32, pad: u32,
}
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

// The windows over row, or column, i: first and past the last.
fn over(i: u32, windows: u32) -> vec2u {
  let padded = i + params.pad;
  let begin = (max(padded, params.size - 1u) - (params.size - 1u) + params.stride - 1u)
    / params.stride;
  return vec2u(begin, min(padded / params.stride + 1u, windows));
}

fn items() -> u32 { return params.total; }

fn item(pixel: u32) {
  let plane = pixel / params.W / params.H;
  let own = pixel - plane * params.H * params.W;
  let rows = over(own / params.W, params.OH);
  let cols = over(own % params.W, params.OW);
  var sum = 0.0;
  for (var row = rows.x; row < rows.y; row += 1u) {
    for (var col = cols.x; col < cols.y; col += 1u) {
      let window = (plane * params.OH + row) * params.OW + col;
      if (indices[window] == own) {
        sum += dy[window];
      }
    }
  }
  dx[pixel] = sum;
}
