// Where the terms of a sum lie: up to three kept and three summed axes, outermost first.
struct Params {
  outputs: u32,
  terms: u32,
  kept_1: u32,
  kept_2: u32,
  kept_stride_0: u32,
  kept_stride_1: u32,
  kept_stride_2: u32,
  summed_1: u32,
  summed_2: u32,
  summed_stride_0: u32,
  summed_stride_1: u32,
  summed_stride_2: u32,
}

fn kept_offset(p: Params, i: u32) -> u32 {
  let inner = i % p.kept_2;
  let rest = i / p.kept_2;
  return (rest / p.kept_1) * p.kept_stride_0 + (rest % p.kept_1) * p.kept_stride_1
    + inner * p.kept_stride_2;
}

fn summed_offset(p: Params, i: u32) -> u32 {
  let inner = i % p.summed_2;
  let rest = i / p.summed_2;
  return (rest / p.summed_1) * p.summed_stride_0 + (rest % p.summed_1) * p.summed_stride_1
    + inner * p.summed_stride_2;
}
