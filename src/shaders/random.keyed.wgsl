// Random numbers, two per thread: block p of the key's stream gives elements 2p and 2p + 1.
// The key is a tensor, which may change while everything else stays.
//: use lib/items.wgsl
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

fn items() -> u32 { return params.pairs; }

fn item(p: u32) {
  out[p] = random_pair(threefry(vec2u(key[0], key[1]), vec2u(p, params.stream)), params.threshold);
}
