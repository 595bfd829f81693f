// Joins the values of the threads of a workgroup; every thread gets the result. `join` is the
// function of the family's page: fn join(a: f32, b: f32) -> f32, associative and commutative.
// Two barriers, as in lib/reduce.wgsl.
override GROUP: u32 = 64u;
override GROUP_ROOT: u32 = min(8u, GROUP);
var<workgroup> fold_values: array<f32, GROUP>;
var<workgroup> fold_parts: array<f32, GROUP_ROOT>;

fn group_fold(value: f32, thread: u32) -> f32 {
  fold_values[thread] = value;
  workgroupBarrier();
  if (thread < GROUP_ROOT) {
    var part = value;
    for (var i = thread + GROUP_ROOT; i < GROUP; i += GROUP_ROOT) {
      part = join(part, fold_values[i]);
    }
    fold_parts[thread] = part;
  }
  workgroupBarrier();
  var all = fold_parts[0];
  for (var i = 1u; i < GROUP_ROOT; i += 1u) {
    all = join(all, fold_parts[i]);
  }
  return all;
}
