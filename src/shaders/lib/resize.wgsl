// Where the pixels of a resized picture come from; what the kernels of resizing share. In integers,
// so that a kernel and its transpose agree to the bit. Pictures and channels are merged into planes.
struct Params {
  total: u32,
  H: u32, W: u32,   // of the picture
  OH: u32, OW: u32, // of the resized one
}
override NEAREST: bool = false;

// Row, or column, i of a picture resized from `size` to `to` lies between `at`
// and the next, `part` of the way.
struct Source {
  at: u32,
  part: f32,
}

fn source(i: u32, size: u32, to: u32) -> Source {
  if (NEAREST) {
    return Source(i * size / to, 0.0);
  }
  // (i + 1/2) size / to - 1/2 over the denominator 2 to, and not before the first centre
  let place = max((2u * i + 1u) * size, to) - to;
  return Source(place / (2u * to), f32(place % (2u * to)) / f32(2u * to));
}
