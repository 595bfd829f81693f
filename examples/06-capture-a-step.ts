/**
 * A training step is recorded once and replayed: one submission, no JavaScript per op.
 *
 *     y = W₃ tanh(W₂ tanh(W₁ x))          L = mean (y − sin 3x)², 12 new points every step
 *
 *     npx tsx examples/06-capture-a-step.ts
 */
import * as h from "../src/node.js";

class Network extends h.Module {
  readonly layers: readonly h.Linear[];

  constructor(params: h.Params) {
    super();
    const at = params.at("layers");
    const make = (fanIn: number, i: number) => ({ in: fanIn, out: i < 2 ? 32 : 1 });
    this.layers = [1, 32, 32].map((size, i) => new h.Linear(at.at(i), make(size, i)));
  }

  /** x [N, 1] → [N, 1] */
  forward(x: h.Tensor): h.Tensor {
    return this.layers.reduce((y, layer, i) => layer.forward(i === 0 ? y : h.tanh(y)), x);
  }
}

const N = 64;
const STEPS = 200;
const WARM = 20;

/** Trains from the same key; the same step runs op by op ("eager") or as a list ("replay"). */
async function train(device: h.GpuDevice, mode: "eager" | "replay") {
  using _scope = device.scope();
  const network = new Network(h.initParams(device, h.Key.from(1)));
  const learner = new h.Learner(network.parameters(), { lr: h.warmupConstant(0.01, 10) });

  // What changes from step to step is an input: here the key of the step's points.
  const step = h.capture(
    device,
    ({ key }: h.StepTensors<"key">) => {
      const x = h.sub(h.mul(h.randomUniform(device, key, [N, 1]), 2), 1);
      const target = h.sin(h.mul(x, 3));
      const loss = () => h.mean(h.square(h.sub(network.forward(x), target)));
      const { value, grads } = h.valueAndGradOf(network.parameters(), loss);
      learner.apply(grads);
      return { loss: value };
    },
    { mode },
  );

  const run = (t: number): h.Tensor => {
    // The learning rate and Adam's bias corrections are numbers of the host: before the step.
    learner.advance();
    return step.run({ key: Uint32Array.from(h.Key.from(2).fold(t).words) }).loss;
  };
  let loss = run(0);
  for (let t = 1; t < WARM; t++) loss = run(t);
  await device.synchronize();
  const before = device.stats.dispatches;
  const began = performance.now();
  for (let t = WARM; t < WARM + STEPS; t++) loss = run(t);
  await device.synchronize();
  const ms = (performance.now() - began) / STEPS;
  const kernels = (device.stats.dispatches - before) / STEPS;
  console.log(`${mode}: ${ms.toFixed(2)} ms a step of ${kernels} kernels`);
  return { ms, value: await loss.item(), memory: step.memory };
}

const { device, close } = await h.openNodeDevice();
const eager = await train(device, "eager");
const replay = await train(device, "replay");
console.log(`gain: ${(eager.ms / replay.ms).toFixed(1)} times`);
console.log(
  `loss after ${WARM + STEPS} steps: ${eager.value.toFixed(6)}, ${replay.value.toFixed(6)}`,
);
const { planned = 0, sum = 0 } = replay.memory ?? {};
console.log(`memory of the step: ${planned} bytes, shared by tensors of ${sum}`);
close();
