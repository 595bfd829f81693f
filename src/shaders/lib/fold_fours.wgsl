// Joins four by four: `join` is the function of the family's page.
fn join_fours(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(join(a.x, b.x), join(a.y, b.y), join(a.z, b.z), join(a.w, b.w));
}

fn join_one(a: vec4f) -> f32 {
  return join(join(a.x, a.y), join(a.z, a.w));
}

// `before`, and four terms from t on, each `step` after the one before, where there is one summed axis: four
// loads at once are less than four turns of a loop.
fn join_steps(before: vec4f, base: u32, t: u32, step: u32) -> vec4f {
  let at = base + t * params.summed_stride_2;
  let hop = step * params.summed_stride_2;
  let a = vec4f(x[at]);
  let b = vec4f(x[at + hop]);
  let c = vec4f(x[at + 2 * hop]);
  let d = vec4f(x[at + 3 * hop]);
  return join_fours(join_fours(join_fours(join_fours(before, a), b), c), d);
}
