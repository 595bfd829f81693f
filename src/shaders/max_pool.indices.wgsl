// out = where in its plane the largest pixel of each window lies, one thread per window.
//: use lib/store.wgsl
//: use lib/items.wgsl
//: use lib/max_pool.wgsl
@group(0) @binding(0) var<storage, read> x: array<Store>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

fn items() -> u32 { return params.total; }

fn item(window: u32) {
  out[window] = largest(window).at;
}
