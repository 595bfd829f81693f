// Runs item(i) for each i below items(); whoever uses this says what both are. A workgroup takes an equal
// share of neighbouring items, 64 at a time, however many workgroups there are: starting one costs a
// software adapter more than a loop does (KernelCall.items).
//: use lib/index.wgsl
@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let count = items();
  let all = groups.x * groups.y;
  let share = ((count + 63u) / 64u + all - 1u) / all * 64u;
  let begin = linear_group(wid, groups) * share;
  let end = min(begin + share, count);
  for (var i = begin + thread; i < end; i += 64u) {
    item(i);
  }
}
