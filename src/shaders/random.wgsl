// Random numbers, two per thread: block p of the key's stream gives elements 2p and 2p + 1.
//: use lib/items.wgsl
//: use lib/threefry.wgsl
//: use lib/random.wgsl
struct Params {
  pairs: u32,
  key_0: u32,
  key_1: u32,
  stream: u32,
  threshold: u32,
}
@group(0) @binding(0) var<storage, read_write> out: array<vec2u>;
@group(0) @binding(1) var<uniform> params: Params;

fn items() -> u32 { return params.pairs; }

fn item(p: u32) {
  out[p] = random_pair(threefry(vec2u(params.key_0, params.key_1), vec2u(p, params.stream)), params.threshold);
}
