// Sum, and maximum, over the threads of a workgroup. Every thread gets the result.
//
// Eight threads reduce their share of the values each, then every thread reduces those eight: two
// barriers, where a tree takes seven. Barriers are what reductions cost on software adapters, unless the
// workgroup is one subgroup (device/groups.ts). No barrier is needed at the end: a next call writes
// only what all threads have finished reading.
override GROUP: u32 = 64u;
override GROUP_ROOT: u32 = min(8u, GROUP);
var<workgroup> reduce_values: array<f32, GROUP>;
var<workgroup> reduce_parts: array<f32, GROUP_ROOT>;

fn group_sum(value: f32, thread: u32) -> f32 {
  reduce_values[thread] = value;
  workgroupBarrier();
  if (thread < GROUP_ROOT) {
    var part = 0.0;
    for (var i = thread; i < GROUP; i += GROUP_ROOT) {
      part += reduce_values[i];
    }
    reduce_parts[thread] = part;
  }
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < GROUP_ROOT; i += 1u) {
    total += reduce_parts[i];
  }
  return total;
}

fn group_max(value: f32, thread: u32) -> f32 {
  reduce_values[thread] = value;
  workgroupBarrier();
  if (thread < GROUP_ROOT) {
    var part = value;
    for (var i = thread; i < GROUP; i += GROUP_ROOT) {
      part = max(part, reduce_values[i]);
    }
    reduce_parts[thread] = part;
  }
  workgroupBarrier();
  var largest = reduce_parts[0];
  for (var i = 1u; i < GROUP_ROOT; i += 1u) {
    largest = max(largest, reduce_parts[i]);
  }
  return largest;
}
