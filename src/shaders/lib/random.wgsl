// What 64 random bits of a block become: elements 2p and 2p + 1, as the bits of a vec2.
//   uniform in [0, 1):  the upper 24 bits, over 2^24
//   normal:             √(−2 ln u) (cos 2πv, sin 2πv), with u in (0, 1]        (Box and Muller)
//   Bernoulli:          1 where the upper 24 bits are below `threshold`, else 0
//   bits:               all 32
//: use lib/special.wgsl
override KIND: u32 = 0u;   // 0: uniform, 1: normal, 2: Bernoulli, 3: bits

// ln u for u in (0, 1]: 2 artanh s with s = (m - 1) / (m + 1), on a mantissa m in (0.7, 1.42). WGSL's
// own log is off by 5e-7 near 1, which the root would turn into 1e-3.
fn precise_log(u: f32) -> f32 {
  let bits = bitcast<u32>(u) - 0x3f3504f3u;
  let m = bitcast<f32>((bits & 0x7fffffu) + 0x3f3504f3u);
  let e = f32(i32(bits) >> 23u);
  let s = (m - 1.0) / (m + 1.0);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q / 9.0)))) + e * 0.69314718;
}

fn normals(bits: vec2u) -> vec2f {
  let u = f32((bits.x >> 8u) + 1u) * 0x1p-24;
  let quarters = f32(bits.y >> 8u) * 0x1p-22;
  let k = floor(quarters + 0.5);
  let r = (quarters - k) * 1.5707963;
  let quadrant = i32(k);
  let directions = sin_in_quadrant(vec4f(r), vec4i(quadrant + 1, quadrant, 0, 0));
  return sqrt(max(-2.0 * precise_log(u), 0.0)) * directions.xy;
}

fn random_pair(bits: vec2u, threshold: u32) -> vec2u {
  let upper = bits >> vec2u(8u);
  switch (KIND) {
    case 1u: {
      return bitcast<vec2u>(normals(bits));
    }
    case 2u: {
      return bitcast<vec2u>(select(vec2f(), vec2f(1.0), upper < vec2u(threshold)));
    }
    case 3u: {
      return bits;
    }
    default: {
      return bitcast<vec2u>(vec2f(upper) * 0x1p-24);
    }
  }
}
