// Where both operands of a broadcast lie: a row of the innermost axis, and up to three outer axes.
struct Params {
  total: u32,
  inner: u32,
  size_1: u32,
  size_2: u32,
  a_0: u32,
  a_1: u32,
  a_2: u32,
  b_0: u32,
  b_1: u32,
  b_2: u32,
}

// Offsets of a and b at the start of a row.
fn row_offsets(p: Params, row: u32) -> vec2u {
  let rest = row / p.size_2;
  let i_2 = row - rest * p.size_2;
  var at = i_2 * vec2u(p.a_2, p.b_2);
  if (p.size_1 == 1u) {
    return at + rest * vec2u(p.a_0, p.b_0);
  }
  let i_0 = rest / p.size_1;
  let i_1 = rest - i_0 * p.size_1;
  return at + i_1 * vec2u(p.a_1, p.b_1) + i_0 * vec2u(p.a_0, p.b_0);
}
