// The offset of a flat index along up to six axes, outermost first, each with a signed stride.
struct Axes {
  total: u32,
  first: u32,       // where the dense side begins
  base: i32,
  size_1: u32,
  size_2: u32,
  size_3: u32,
  size_4: u32,
  size_5: u32,
  stride_0: i32,
  stride_1: i32,
  stride_2: i32,
  stride_3: i32,
  stride_4: i32,
  stride_5: i32,
}

fn axes_offset(p: Axes, flat: u32) -> u32 {
  var i = flat;
  var at = p.base + i32(i % p.size_5) * p.stride_5;
  i = i / p.size_5;
  at += i32(i % p.size_4) * p.stride_4;
  i = i / p.size_4;
  at += i32(i % p.size_3) * p.stride_3;
  i = i / p.size_3;
  at += i32(i % p.size_2) * p.stride_2;
  i = i / p.size_2;
  at += i32(i % p.size_1) * p.stride_1;
  i = i / p.size_1;
  return u32(at + i32(i) * p.stride_0);
}
