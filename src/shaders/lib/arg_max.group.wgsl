// The choice among the threads of a workgroup; thread 0 gets it. Two barriers, as in
// lib/reduce.wgsl.
//: use lib/arg_max.wgsl
override GROUP: u32 = 64u;
override GROUP_ROOT: u32 = min(8u, GROUP);
var<workgroup> choices: array<Choice, GROUP>;
var<workgroup> root_choices: array<Choice, GROUP_ROOT>;

fn group_choice(value: Choice, thread: u32) -> Choice {
  choices[thread] = value;
  workgroupBarrier();
  if (thread < GROUP_ROOT) {
    var part = value;
    for (var i = thread + GROUP_ROOT; i < GROUP; i += GROUP_ROOT) {
      part = chosen(part, choices[i]);
    }
    root_choices[thread] = part;
  }
  workgroupBarrier();
  var all = root_choices[0];
  for (var i = 1u; i < GROUP_ROOT; i += 1u) {
    all = chosen(all, root_choices[i]);
  }
  return all;
}
