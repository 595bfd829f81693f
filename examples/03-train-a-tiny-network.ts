/**
 * A small network learns sin(3x): parameters from a key, a loss, gradients, AdamW.
 *
 *     y = W₂ tanh(W₁ x + b₁) + b₂          L = mean (y − sin 3x)²
 *
 *     npx tsx examples/03-train-a-tiny-network.ts
 */
import {
  AdamW,
  initParams,
  Key,
  Linear,
  Module,
  mean,
  openNodeDevice,
  type Params,
  parameterCount,
  square,
  sub,
  type Tensor,
  tanh,
  tensor,
  valueAndGradOf,
} from "../src/node.js";

class Network extends Module {
  // The fields' names are the names in a checkpoint: "hidden.weight", "out.bias", ...
  readonly hidden: Linear;
  readonly out: Linear;

  constructor(params: Params) {
    super();
    this.hidden = new Linear(params.at("hidden"), { in: 1, out: 32 });
    this.out = new Linear(params.at("out"), { in: 32, out: 1 });
  }

  /** x [N, 1] → [N, 1] */
  forward(x: Tensor): Tensor {
    return this.out.forward(tanh(this.hidden.forward(x)));
  }
}

const { device, close } = await openNodeDevice();
{
  using _scope = device.scope();
  const network = new Network(initParams(device, Key.from(1)));
  const parameters = network.parameters();
  console.log(`${parameterCount(parameters.values())} parameters on ${device.name}`);

  const points = Float64Array.from({ length: 64 }, (_, i) => -1 + i / 31.5);
  const x = tensor(device, points, [64, 1]);
  const target = tensor(
    device,
    points.map((v) => Math.sin(3 * v)),
    [64, 1],
  );

  const adam = new AdamW(parameters, { lr: 0.02 });
  for (let step = 0; step <= 200; step++) {
    using _step = device.scope();
    const loss = () => mean(square(sub(network.forward(x), target)));
    const { value, grads } = valueAndGradOf(parameters, loss);
    // Reading a value waits for the adapter; nothing else does.
    if (step % 50 === 0) console.log(`step ${step}: loss ${(await value.item()).toFixed(5)}`);
    adam.step(grads);
  }
}
close();
