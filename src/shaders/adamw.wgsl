// One AdamW step, in place: parameter, first and second moment. What changes from step to step is a
// tensor, so that a captured step can be replayed.
//: use lib/items.wgsl
struct Params {
  vectors: u32,
  beta1: f32,
  beta2: f32,
  eps: f32,
  weight_decay: f32,
}
struct Settings {
  lr: f32,
  bias1: f32,
  bias2: f32,
}
@group(0) @binding(0) var<storage, read> grad: array<vec4f>;
// The factor that clips the gradient's global norm.
@group(0) @binding(1) var<storage, read> clip: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Settings;
@group(0) @binding(3) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(6) var<uniform> params: Params;

fn items() -> u32 { return params.vectors; }

fn item(i: u32) {
  let g = grad[i] * clip[0];
  let m_t = params.beta1 * m[i] + (1.0 - params.beta1) * g;
  let v_t = params.beta2 * v[i] + (1.0 - params.beta2) * g * g;
  m[i] = m_t;
  v[i] = v_t;
  let step = (m_t / settings.bias1) / (sqrt(v_t / settings.bias2) + params.eps);
  p[i] -= settings.lr * (step + params.weight_decay * p[i]);
}
