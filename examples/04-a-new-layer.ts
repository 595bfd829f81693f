/**
 * A layer of your own: an adaptive norm, whose scale and shift come from a condition.
 *
 *     y = (1 + s) ⊙ rmsNorm(x) + t,     [s, t] = W c + b,     W = 0, b = 0 at first
 *
 * One network then learns three functions; the condition says which one (FiLM, Perez et al. 2018).
 *
 *     npx tsx examples/04-a-new-layer.ts
 */
import * as h from "../src/node.js";

class AdaptiveNorm extends h.Module {
  // Fields that are layers or parameters are found; their path is the key in a checkpoint.
  readonly modulation: h.Linear;

  constructor(params: h.Params, [size, condition]: readonly [number, number]) {
    super();
    const sizes = { in: condition, out: 2 * size, zero: true };
    this.modulation = new h.Linear(params.at("modulation"), sizes);
  }

  /** x [N, C], c [N, K] → [N, C] */
  forward(x: h.Tensor, c: h.Tensor): h.Tensor {
    const [s = x, t = x] = h.chunk(this.modulation.forward(c), 2, -1);
    return h.add(h.mul(h.rmsNorm(x, { eps: 1e-5 }), h.add(s, 1)), t);
  }
}

class Network extends h.Module {
  readonly hidden: h.Linear;
  readonly norm: AdaptiveNorm;
  readonly out: h.Linear;

  constructor(params: h.Params) {
    super();
    this.hidden = new h.Linear(params.at("hidden"), { in: 1, out: 32 });
    this.norm = new AdaptiveNorm(params.at("norm"), [32, 3]);
    this.out = new h.Linear(params.at("out"), { in: 32, out: 1 });
  }

  /** x [N, 1], c [N, 3] → [N, 1] */
  forward(x: h.Tensor, c: h.Tensor): h.Tensor {
    return this.out.forward(h.silu(this.norm.forward(h.tanh(this.hidden.forward(x)), c)));
  }
}

// The layer's derivative by inputs and parameters; countParams makes those without values.
const layer = new AdaptiveNorm(h.countParams(), [4, 3]);
const at = (...shape: number[]) => h.NdArray.build(shape, (_, i) => Math.sin(1 + 2.3 * i));
function f(x: h.Tensor, c: h.Tensor, weight: h.Tensor, bias: h.Tensor): h.Tensor {
  for (const p of layer.parameters().values()) p.value = p.shape.length === 2 ? weight : bias;
  return layer.forward(x, c);
}
console.log(`gradcheck: ${h.gradcheck(f, [at(2, 4), at(2, 3), at(8, 3), at(8)]).message}`);

// In a network: sample i has condition i mod 3, as a vector with one 1.
const { device, close } = await h.openNodeDevice();
{
  using _scope = device.scope();
  const functions = [(x: number) => Math.sin(3 * x), Math.abs, (x: number) => 0.5 - x * x];
  const points = Array.from({ length: 96 }, (_, i) => -1 + i / 47.5);
  const y = points.map((v, i) => functions[i % 3]?.(v) ?? 0);
  const x = h.tensor(device, points, [96, 1]);
  const target = h.tensor(device, y, [96, 1]);
  const kinds = Uint32Array.from({ length: 96 }, (_, i) => i % 3);
  const which = h.oneHot(h.tensor(device, kinds), 3);
  const network = new Network(h.initParams(device, h.Key.from(1)));
  console.log([...network.parameters()].map(([name, p]) => `${name} [${p.shape}]`).join("  "));
  const adam = new h.AdamW(network.parameters(), { lr: 0.02 });
  for (let step = 0; step <= 200; step++) {
    using _step = device.scope();
    const loss = () => h.mean(h.square(h.sub(network.forward(x, which), target)));
    const { value, grads } = h.valueAndGradOf(network.parameters(), loss);
    if (step % 50 === 0) console.log(`step ${step}: loss ${(await value.item()).toFixed(5)}`);
    adam.step(grads);
  }
}
close();
