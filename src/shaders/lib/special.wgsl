// Functions that WGSL does not have, or that overflow, or forget a NaN, where it has them.

// y, and NaN where x is NaN: WGSL lets a compiler assume that x is none.
fn float_or_nan(x: vec4f, y: vec4f) -> vec4f {
  return select(y, x, (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}

// NaN everywhere, made of x: WGSL has no constant for it.
fn nan_of(x: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(x) | vec4u(0x7fc00000u));
}

// -infinity at 0 and NaN below: some adapters give the logarithm of the smallest float, and of the
// absolute value.
fn float_log(x: vec4f) -> vec4f {
  let y = select(log(x), -1.0 / abs(x), x == vec4f());
  return select(float_or_nan(x, y), nan_of(x), x < vec4f());
}

// Beyond ±10 tanh is ±1 in float32; the exponentials inside some implementations overflow.
fn safe_tanh(x: vec4f) -> vec4f {
  return tanh(clamp(x, vec4f(-10.0), vec4f(10.0)));
}

// A GPU divides by multiplying with the reciprocal, which beyond 2^126 is subnormal and may become 0.
fn quotient(a: vec4f, b: vec4f) -> vec4f {
  let scale = select(vec4f(1.0), vec4f(0.25), abs(b) > vec4f(0x1p126f));
  return (a * scale) / (b * scale);
}

fn sigmoid(x: vec4f) -> vec4f {
  let y = 1.0 / (1.0 + exp(min(-x, vec4f(87.0))));
  return float_or_nan(x, select(y, vec4f(), x < vec4f(-88.0)));
}

// sin and cos of r by their Taylor series, for |r| ≤ π / 4: within 3e-8.
fn taylor_sin(r: vec4f) -> vec4f {
  let s = r * r;
  return r + r * s * (-1.0 / 6.0 + s * (1.0 / 120.0 + s * (-1.0 / 5040.0 + s / 362880.0)));
}

fn taylor_cos(r: vec4f) -> vec4f {
  let s = r * r;
  return 1.0 + s * (-0.5 + s * (1.0 / 24.0 + s * (-1.0 / 720.0 + s / 40320.0)));
}

// sin(r + quadrant π / 2).
fn sin_in_quadrant(r: vec4f, quadrant: vec4i) -> vec4f {
  let y = select(taylor_sin(r), taylor_cos(r), (quadrant & vec4i(1)) == vec4i(1));
  return select(y, -y, (quadrant & vec4i(2)) == vec4i(2));
}

// WGSL's own sin and cos may be off by 2^-11. Here π / 2 is taken off in three parts, the first two
// short enough (8 and 12 bits) that k times them is exact for |x| ≤ 6000; far beyond, the result is a number from -1 to 1 and no more.
fn precise_sin(x: vec4f, quarter_turns: i32) -> vec4f {
  let k = round(x * 0.63661977);
  let r = ((x - k * 1.5703125) - k * 0.0004837512969970703) - k * 7.549790126404332e-08;
  let y = clamp(sin_in_quadrant(r, vec4i(k) + quarter_turns), vec4f(-1.0), vec4f(1.0));
  let finite = (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) < vec4u(0x7f800000u);
  return select(nan_of(x), y, finite);
}

// The normal distribution function, by Abramowitz and Stegun 7.1.26 (|error| ≤ 1.5e-7): the small
// tail is computed, and the large side is what it leaves of 1.
fn normal_cdf(x: vec4f) -> vec4f {
  let t = 1.0 / (1.0 + (0.3275911 * 0.70710678) * abs(x));
  let p = t * (0.254829592
    + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let tail = 0.5 * p * exp(-0.5 * x * x);
  return select(tail, 1.0 - tail, x >= vec4f());
}

fn normal_pdf(x: vec4f) -> vec4f {
  return 0.39894228 * exp(-0.5 * x * x);
}

// a^b as IEEE 754 has it. WGSL's pow is undefined for a ≤ 0; here a negative base takes integer
// exponents.
fn power(a: vec4f, b: vec4f) -> vec4f {
  let odd = abs(b - 2.0 * floor(0.5 * b)) == vec4f(1.0);
  let negative = (bitcast<vec4u>(a) >> vec4u(31u)) == vec4u(1u);
  let sign = select(vec4f(1.0), vec4f(-1.0), odd & negative);
  let endless = abs(b) > vec4f(3.4028234e38);
  let size = abs(a);
  let y = sign * pow(max(size, vec4f(1e-37)), b);
  let at_zero = select(vec4f(), sign / size, b < vec4f());
  let between = (a < vec4f()) & (size <= vec4f(3.4028234e38)) & (floor(b) != b) & !endless;
  let some = select(select(y, at_zero, a == vec4f()), nan_of(a), between);
  let one = (b == vec4f()) | (a == vec4f(1.0)) | ((size == vec4f(1.0)) & endless);
  return select(float_or_nan(a, float_or_nan(b, some)), vec4f(1.0), one);
}
