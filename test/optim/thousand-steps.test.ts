/** Training does not grow: what is live and what is in reserve stay what they were. */
import { expect, test } from "vitest";
import { checkpoint } from "../../src/autograd/index.js";
import { initParams, joinParameters, Linear, valueAndGradOf } from "../../src/nn/index.js";
import { sub } from "../../src/ops/binary.js";
import { mean } from "../../src/ops/mean.js";
import { randomNormal } from "../../src/ops/random.js";
import { sin, square, tanh } from "../../src/ops/unary.js";
import { Learner } from "../../src/optim/index.js";
import { Key } from "../../src/tensor/key.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";

const gpu = testDevice();
const STEPS = 1000;

test(`${STEPS} steps grow neither live buffers nor the pool, and learn`, async () => {
  const device = gpu();
  using _scope = device.scope();
  const params = initParams(device, Key.from(1));
  const below = new Linear(params.at("below"), { in: 2, out: 16 });
  const above = new Linear(params.at("above"), { in: 16, out: 2 });
  const parameters = joinParameters({ below, above });
  const learner = new Learner(parameters, { lr: () => 0.01 });

  /** The loss of step t, whose data are a function of t. */
  const step = (t: number): Tensor => {
    using scope = device.scope();
    const x = randomNormal(device, Key.from(t), [8, 2]);
    const hidden = (): Tensor =>
      checkpoint((u) => tanh(below.forward(u!)), [x], below.parameters());
    const loss = (): Tensor => mean(square(sub(above.forward(hidden()), sin(x))));
    const { value, grads } = valueAndGradOf(parameters, loss);
    learner.update(grads);
    return scope.keep(value);
  };
  const run = async (from: number, to: number) => {
    let last = Number.NaN;
    for (let t = from; t < to; t++) {
      using loss = step(t);
      if (t === to - 1) last = await loss.item();
    }
    const { liveBuffers, liveBytes, peakBytes, pooledBytes, pipelines } = device.stats;
    return { last, memory: { liveBuffers, liveBytes, peakBytes, pooledBytes, pipelines } };
  };
  const first = await run(0, 1);
  const early = await run(1, 3);
  const late = await run(3, STEPS);
  expect(late.memory).toEqual(early.memory);
  expect(late.last).toBeLessThan(first.last / 10);
  learner.dispose();
});
