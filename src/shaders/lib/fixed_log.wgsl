// Logarithms in whole numbers, the same bits on every adapter: floating point is not, since
// adapters may fuse a product and a sum.

// The upper 32 bits of m * m.
fn square_high(m: u32) -> u32 {
  let high = m >> 16u;
  let low = m & 0xffffu;
  let crossed = high * low;
  let carried = crossed + ((low * low) >> 16u);
  return high * high + (carried >> 16u) + (((carried & 0xffffu) + crossed) >> 16u);
}

// floor(2^26 log2 x) within a few units, for x > 0: squaring the mantissa, a number from 1 to 2 in
// units of 2^-31, doubles its logarithm, and each doubling gives one more binary digit.
fn fixed_log2(x: u32) -> u32 {
  let zeros = countLeadingZeros(x);
  var m = x << zeros;
  var log = 31u - zeros;
  for (var digit = 0u; digit < 26u; digit += 1u) {
    let squared = square_high(m);
    let one = squared >> 31u;
    m = squared << (1u - one);
    log = 2u * log + one;
  }
  return log;
}
