// Functions that lose digits near 0 when they are written plainly: there they are series here.

// 2 atanh(x / (2 + x)) for -0.5 < x < 1, where that argument is at most 1/3: terms to the 15th power.
fn accurate_log1p(x: vec4f) -> vec4f {
  let s = x / (2.0 + x);
  let q = s * s;
  let series = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0
    + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q / 15.0))))));
  return select(float_log(1.0 + x), 2.0 * s * series, (x > vec4f(-0.5)) & (x < vec4f(1.0)));
}

// The Taylor series to the 11th power for |x| < 1.
fn accurate_expm1(x: vec4f) -> vec4f {
  let series = 1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0
    + x / 6.0 * (1.0 + x / 7.0 * (1.0 + x / 8.0 * (1.0 + x / 9.0 * (1.0 + x / 10.0
    * (1.0 + x / 11.0)))))))));
  return select(float_or_nan(x, exp(x)) - 1.0, x * series, abs(x) < vec4f(1.0));
}

// The Taylor series to the 21st power for |x| < 1; beyond, Abramowitz and Stegun 7.1.26
// (|error| ≤ 1.5e-7).
fn accurate_erf(x: vec4f) -> vec4f {
  let q = x * x;
  let series = 1.0 - q * (1.0 / 3.0 - q * (1.0 / 10.0 - q * (1.0 / 42.0 - q * (1.0 / 216.0
    - q * (1.0 / 1320.0 - q * (1.0 / 9360.0 - q * (1.0 / 75600.0 - q * (1.0 / 685440.0
    - q * (1.0 / 6894720.0 - q / 76204800.0)))))))));
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let p = t * (0.254829592
    + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let far = sign(x) * (1.0 - p * exp(-q));
  return select(far, 1.1283792 * x * series, abs(x) < vec4f(1.0));
}

// 2 sqrt(2 / pi) (x + 0.044715 x^3), and the derivative of x * sigmoid of it. Beyond ±10 that is 0
// or 1, and powers of x would overflow.
fn gelu_tanh_argument(x: vec4f) -> vec4f {
  return 1.5957691 * x * (1.0 + 0.044715 * x * x);
}

fn gelu_tanh_slope(x: vec4f) -> vec4f {
  let b = clamp(x, vec4f(-10.0), vec4f(10.0));
  let s = sigmoid(gelu_tanh_argument(b));
  return s + b * s * (1.0 - s) * 1.5957691 * (1.0 + 0.134145 * b * b);
}
