// Eight chains of multiply-adds a thread, all in registers: what the adapter computes at best.
struct Params {
  rounds: u32,
  factor: f32,
  term: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<uniform> params: Params;

override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4f(params.factor);
  let b = vec4f(params.term);
  var x = vec4f(f32(id.x)) + vec4f(0.0, 1.0, 2.0, 3.0);
  var y = x + 4.0;
  for (var round = 0u; round < params.rounds; round++) {
    x = x * a + b;
    y = y * a + b;
    x = x * a + b;
    y = y * a + b;
    x = x * a + b;
    y = y * a + b;
    x = x * a + b;
    y = y * a + b;
  }
  out[id.x] = dot(x + y, vec4f(1.0));
}
