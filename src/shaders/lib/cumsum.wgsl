// Lines along one axis: `inner` elements lie between neighbours. A line may be cut into `chunks` of
// `chunk` elements, one workgroup each.
struct Params {
  lines: u32,
  size: u32,
  inner: u32,
  chunks: u32,
  chunk: u32,
  reverse: u32,
}

// The first element of a line.
fn line_offset(p: Params, line: u32) -> u32 {
  return line / p.inner * p.size * p.inner + line % p.inner;
}

// The offset of the j-th of the elements `begin` to `end` in the order of the sum.
fn element_offset(p: Params, begin: u32, end: u32, j: u32) -> u32 {
  return select(begin + j, end - 1u - j, p.reverse == 1u) * p.inner;
}
