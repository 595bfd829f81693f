import { expect, test } from "vitest";
import { initParams, Linear, valueAndGradOf } from "../../src/nn/index.js";
import { mul } from "../../src/ops/binary.js";
import { sum } from "../../src/ops/sum.js";
import { square, tanh } from "../../src/ops/unary.js";
import { Learner, warmupCosine } from "../../src/optim/index.js";
import { tensor } from "../../src/tensor/create.js";
import type { TensorData } from "../../src/tensor/dtype.js";
import { Key } from "../../src/tensor/key.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";

const gpu = testDevice();

function start(seed: number) {
  const layer = new Linear(initParams(gpu(), Key.from(seed)), { in: 3, out: 5 });
  const learner = new Learner(layer.parameters(), {
    lr: warmupCosine(0.1, { warmup: 2, steps: 20 }),
    weightDecay: 0.01,
    clip: 0.5,
    ema: 0.9,
  });
  /** Step t sees data of t alone. */
  const advance = (t: number): void => {
    using _scope = gpu().scope();
    const x = tensor(gpu(), values(t, 12), [4, 3]);
    const loss = (): Tensor => sum(square(tanh(layer.forward(x))));
    learner.update(valueAndGradOf(layer.parameters(), loss).grads);
  };
  return { layer, learner, advance };
}

async function readAll(state: ReadonlyMap<string, Tensor>) {
  const all = new Map<string, { values: TensorData }>();
  for (const [name, x] of state) all.set(name, { values: await x.data() });
  return all;
}

test("a restored run goes on bit for bit", async () => {
  using _scope = gpu().scope();
  const first = start(1);
  for (let t = 0; t < 3; t++) first.advance(t);
  const saved = await readAll(first.learner.state("net"));
  for (let t = 3; t < 7; t++) first.advance(t);

  const second = start(99);
  second.learner.restore("net", saved, 3);
  expect(await readAll(second.learner.state("net"))).toEqual(saved);
  for (let t = 3; t < 7; t++) second.advance(t);
  expect(await readAll(second.learner.state("net"))).toEqual(
    await readAll(first.learner.state("net")),
  );
});

test("the counter of steps matters: with another one the run differs", async () => {
  using _scope = gpu().scope();
  const first = start(1);
  first.advance(0);
  const saved = await readAll(first.learner.state("net"));
  const second = start(99);
  second.learner.restore("net", saved, 0);
  first.advance(1);
  second.advance(1);
  expect(await readAll(second.learner.state("net"))).not.toEqual(
    await readAll(first.learner.state("net")),
  );
});

test("state names parameters, averages and moments", () => {
  using _scope = gpu().scope();
  const { learner } = start(1);
  expect([...learner.state("teacher").keys()].sort()).toEqual(
    ["adam_m", "adam_v", "ema", "params"].flatMap((kind) => [
      `teacher.${kind}.bias`,
      `teacher.${kind}.weight`,
    ]),
  );
});

test("learning lowers the loss, and the norm is the one before clipping", async () => {
  using _scope = gpu().scope();
  const { layer, learner } = start(5);
  const x = tensor(gpu(), values(3, 12), [4, 3]);
  const loss = (): Tensor => sum(square(layer.forward(x)));
  const before = await loss().item();
  let norm = 0;
  for (let t = 0; t < 30; t++) {
    const step = learner.update(valueAndGradOf(layer.parameters(), loss).grads);
    if (t === 0) norm = await step.item();
  }
  expect(await loss().item()).toBeLessThan(0.5 * before);
  expect(norm).toBeGreaterThan(0.5);
});

test("a state that does not fit is refused by name", () => {
  using _scope = gpu().scope();
  const { learner } = start(1);
  const wrong = new Map([["net.params.weight", { values: Float32Array.of(1) }]]);
  expect(() => learner.restore("net", wrong, 1)).toThrowErrorMatchingInlineSnapshot(
    `[FormatError: The saved run does not fit this configuration: net.params.weight is missing or has another size. Use the config that was written beside it, or start a new run.]`,
  );
});

test("dispose frees moments and averages", () => {
  const { layer, learner } = start(1);
  learner.dispose();
  layer.dispose();
});

test("unclipped, a step is the one whose norm is within every limit, and another than a clipped one", async () => {
  using _scope = gpu().scope();
  const x = tensor(gpu(), values(5, 12), [4, 3]);
  const after = async (clip: number | undefined) => {
    const layer = new Linear(initParams(gpu(), Key.from(3)), { in: 3, out: 5 });
    const learner = new Learner(layer.parameters(), {
      lr: () => 0.1,
      ...(clip !== undefined && { clip }),
    });
    for (const scale of [1, 10]) {
      const loss = (): Tensor => mul(sum(square(tanh(layer.forward(x)))), scale);
      const { grads } = valueAndGradOf(layer.parameters(), loss);
      learner.advance();
      if (clip === undefined) learner.applyUnclipped(grads);
      else learner.apply(grads);
    }
    return readAll(learner.state("net"));
  };
  const unclipped = await after(undefined);
  expect(unclipped).toEqual(await after(1e6));
  expect(unclipped).not.toEqual(await after(0.5));
});
