// out[offset(i)] = x[first + i]: writes a tensor into a region of a larger one (concat, padding).
// `Word` is one raw element, or four neighbours: sizes and strides count words.
//: use lib/store.wgsl
//: use lib/items.wgsl
//: use lib/axes.wgsl
@group(0) @binding(0) var<storage, read> x: array<Word>;
@group(0) @binding(1) var<storage, read_write> out: array<Word>;
@group(0) @binding(2) var<uniform> params: Axes;

fn items() -> u32 { return params.total; }

fn item(i: u32) {
  out[axes_offset(params, i)] = x[params.first + i];
}
