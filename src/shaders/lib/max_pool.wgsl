// The largest pixel of a window, and where it lies in its plane; what the kernels of 2-D maximum
// pooling share. Pictures and channels are merged into planes.
//: use lib/ieee.wgsl
struct Params {
  total: u32,
  H: u32, W: u32, OH: u32, OW: u32,
  size: u32, stride: u32, pad: u32,
}

struct Largest {
  value: f32,
  at: u32,
}

// The rows, or columns, of window i that lie inside the picture: first and past the last.
fn inside(i: u32, picture: u32) -> vec2u {
  let begin = i * params.stride;
  return vec2u(max(begin, params.pad), min(begin + params.size, picture + params.pad)) - params.pad;
}

// The first of the largest, in row-major order; the first NaN where there is one.
fn largest(window: u32) -> Largest {
  let rows = inside(window / params.OW % params.OH, params.H);
  let cols = inside(window % params.OW, params.W);
  let plane = window / params.OW / params.OH * params.H * params.W;
  var best = Largest(f32(x[plane + rows.x * params.W + cols.x]), rows.x * params.W + cols.x);
  for (var row = rows.x; row < rows.y; row += 1u) {
    for (var col = cols.x; col < cols.y; col += 1u) {
      let at = row * params.W + col;
      let value = f32(x[plane + at]);
      if (!is_nan(best.value) && (is_nan(value) || value > best.value)) {
        best = Largest(value, at);
      }
    }
  }
  return best;
}
