// average = decay * average + (1 - decay) * value, in place. The decay is a tensor:
// it changes from step to step, and a captured step can be replayed.
//: use lib/items.wgsl
struct Params {
  vectors: u32,
}
@group(0) @binding(0) var<storage, read> value: array<vec4f>;
@group(0) @binding(1) var<storage, read> decay: array<f32>;
@group(0) @binding(2) var<storage, read_write> average: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  average[i] = decay[0] * average[i] + (1.0 - decay[0]) * value[i];
}
