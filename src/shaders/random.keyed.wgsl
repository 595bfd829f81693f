// Random numbers, two per thread: block p of the key's stream gives elements 2p and 2p + 1.
// The key is a tensor, which may change while everything else stays.
//: use lib/index.wgsl
//: use lib/threefry.wgsl
//: use lib/random.wgsl
struct Params {
  pairs: u32,
  stream: u32,
  threshold: u32,
}
@group(0) @binding(0) var<storage, read> key: array<u32, 2>;
@group(0) @binding(1) var<storage, read_write> out: array<vec2u>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let p = linear_group(wid, groups) * 64u + thread;
  if (p < params.pairs) {
    out[p] = random_pair(threefry(vec2u(key[0], key[1]), vec2u(p, params.stream)), params.threshold);
  }
}
