// counts[slot] += how many elements of x are NaN, and how many are infinite.
//: use lib/store.wgsl
//: use lib/ieee.wgsl
//: use lib/index.wgsl
struct Params {
  total: u32,
  slot: u32,
}
const THREADS: u32 = 64u;
const EACH: u32 = 16u;
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let begin = linear_group(wid, groups) * THREADS * EACH + thread;
  var nans = 0u;
  var infinite = 0u;
  for (var n = 0u; n < EACH; n += 1u) {
    let i = begin + n * THREADS;
    if (i < params.total) {
      let value = f32(x[i]);
      nans += u32(is_nan(value));
      infinite += u32(is_infinite(value));
    }
  }
  if (nans > 0u) {
    atomicAdd(&counts[2u * params.slot], nans);
  }
  if (infinite > 0u) {
    atomicAdd(&counts[2u * params.slot + 1u], infinite);
  }
}
