// out[i] = word: the same four bytes everywhere, whatever the element type; four words a thread.
//: use lib/items.wgsl
struct Params {
  vectors: u32,
  word: u32,
}
@group(0) @binding(0) var<storage, read_write> out: array<vec4u>;
@group(0) @binding(1) var<uniform> params: Params;

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  out[i] = vec4u(params.word);
}
