// Joins four by four: `join` is the function of the family's page.
fn join_fours(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(join(a.x, b.x), join(a.y, b.y), join(a.z, b.z), join(a.w, b.w));
}

fn join_one(a: vec4f) -> f32 {
  return join(join(a.x, a.y), join(a.z, a.w));
}
