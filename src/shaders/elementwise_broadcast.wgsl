// out = f(a, b) with broadcasting, where the innermost axis is a multiple of four: one vec4 a thread.
// Along it each operand runs on (INNER 1) or stands still (INNER 0). `total` and `inner` count vec4s.
//: use lib/store.wgsl
//: use lib/items.wgsl
//: use lib/special.wgsl
//: use lib/truth.wgsl
//: use lib/broadcast.wgsl
override A_INNER: bool = true;
override B_INNER: bool = true;
@group(0) @binding(0) var<storage, read> a: array<In4>;
@group(0) @binding(1) var<storage, read> b: array<In4>;
@group(0) @binding(2) var<storage, read_write> out: array<Out4>;
@group(0) @binding(3) var<uniform> params: Params;

fn items() -> u32 { return params.total; }

fn item(i: u32) {
  let row = i / params.inner;
  let column = i - row * params.inner;
  let at = row_offsets(params, row);
  var x: Value4;
  if (A_INNER) {
    x = Value4(a[at.x / 4u + column]);
  } else {
    x = Value4(Value(a[at.x / 4u][at.x % 4u]));
  }
  var y: Value4;
  if (B_INNER) {
    y = Value4(b[at.y / 4u + column]);
  } else {
    y = Value4(Value(b[at.y / 4u][at.y % 4u]));
  }
  out[i] = Out4(f(x, y));
}
