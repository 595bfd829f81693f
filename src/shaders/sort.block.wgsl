// order[row, block] = the places of a block of x's row, sorted by value: a bitonic network of pairs
// (key, place) in workgroup memory, BLOCK elements, a power of two. Source: Batcher, "Sorting
// networks and their applications" (1968).
//: use lib/index.wgsl
//: use lib/sort_key.wgsl
struct Params {
  rows: u32,
  cols: u32,
  blocks: u32,      // per row
}
override BLOCK: u32 = 1024u;
override THREADS: u32 = 64u;
var<workgroup> pairs: array<vec2u, BLOCK>;
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> order: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = linear_group(wid, groups);
  let first = (group % params.blocks) * BLOCK;
  let base = (group / params.blocks) * params.cols;
  let within = group < params.rows * params.blocks;
  for (var t = thread; t < BLOCK; t += THREADS) {
    // What fills the block up is larger than every element, a NaN at the last place included.
    var pair = vec2u(0xffffffffu);
    if (within && first + t < params.cols) {
      pair = vec2u(sort_key(x[base + first + t]), first + t);
    }
    pairs[t] = pair;
  }
  workgroupBarrier();
  for (var run = 2u; run <= BLOCK; run *= 2u) {
    for (var apart = run / 2u; apart > 0u; apart /= 2u) {
      for (var t = thread; t < BLOCK / 2u; t += THREADS) {
        let i = 2u * t - t % apart;
        let a = pairs[i];
        let b = pairs[i + apart];
        if (before(b, a) == ((i & run) == 0u)) {
          pairs[i] = b;
          pairs[i + apart] = a;
        }
      }
      workgroupBarrier();
    }
  }
  for (var t = thread; t < BLOCK; t += THREADS) {
    if (within && first + t < params.cols) {
      order[base + first + t] = pairs[t].y;
    }
  }
}
