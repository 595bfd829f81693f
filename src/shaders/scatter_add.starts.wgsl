// starts[line, s] = how many indices of the line are smaller than s, by bisection of the sorted
// line. An index past the end counts as the last.
//: use lib/items.wgsl
struct Params {
  total: u32,
  size: u32,
  count: u32,
}
@group(0) @binding(0) var<storage, read> index: array<u32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read_write> starts: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

fn items() -> u32 { return params.total; }

fn item(at: u32) {
  let s = at % params.size;
  let line = (at / params.size) * params.count;
  var low = 0u;
  var high = params.count;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (min(index[line + order[line + middle]], params.size - 1u) < s) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  starts[at] = low;
}
