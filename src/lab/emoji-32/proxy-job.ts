/**
 * The job of the proxies: simulate pairs, learn from four fifths of the captions, test on the rest,
 * and measure its scale on the start generator. Its result holds the weights, so that every arm of
 * a run, resumed or not, meets the same proxy.
 */
import { SCENE_LENGTH, SCENE_SIZE } from "../../data/index.js";
import type { Device } from "../../device/types.js";
import { rewardsOf } from "../../evaluation/index.js";
import { average } from "../../evaluation/pictures.js";
import { floatsFromBase64, floatsToBase64 } from "../../io/base64.js";
import { buildModel, initParams, loadParams, valueAndGradOf } from "../../nn/index.js";
import { sub } from "../../ops/binary.js";
import { mean } from "../../ops/mean.js";
import { reshape } from "../../ops/reshape.js";
import { slice } from "../../ops/slice.js";
import { softplus } from "../../ops/unary.js";
import { Learner, warmupCosine } from "../../optim/index.js";
import { learnStep, takeStep } from "../../preference/learn-step.js";
import type { StepTensors } from "../../tensor/capture.js";
import { Key } from "../../tensor/key.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { JobContext } from "../experiment.js";
import type { Emoji32Config } from "./config.js";
import { labelPairs, makePool, type Pair, type Pool, type ProxyName } from "./pairs.js";
import { ProxyReward, proxyReward, rawRewards, type ScaledProxy } from "./proxy.js";
import { draw, openWorkshop, promptSource, STREAM, type Workshop } from "./workshop.js";

export interface ProxyResult {
  readonly [key: string]: number | Readonly<Record<string, string>>;
  /** Base64 of float32, by the parameter's name. */
  readonly weights: Readonly<Record<string, string>>;
  readonly mean: number;
  readonly deviation: number;
  /** Norm of the gradient of the mean r̂ with respect to the generator's weights. */
  readonly force: number;
  readonly pairs: number;
  /** Share of labels that agree with u*. */
  readonly labelsRight: number;
  /** Held-out pairs: share in which the proxy agrees with the label, and with u*. */
  readonly heldOutLabels: number;
  readonly heldOutGold: number;
}

/** Pairs in each step. */
const BATCH = 32;
const HELD_OUT = 0.2;
const FORCE_BATCHES = 4;

export type ProxyResults = Readonly<Record<ProxyName, ProxyResult>>;

/** Both raters judge the same pictures. */
export async function runProxies(
  config: Emoji32Config,
  { bench, tick }: JobContext,
): Promise<ProxyResults> {
  const device = await bench.device();
  using _scope = device.scope();
  const workshop = await openWorkshop(bench, config);
  const key = Key.from(config.seed);
  const pool = await makePool(workshop, config.captions, key.fold(STREAM.pairs));
  await tick(0.2);
  const fits = await rewardsOf(device, workshop.fit, pool.images, pool.tokens);
  const shown = await draw(device, workshop.start, workshop.plan.tokens, key.fold(STREAM.sampling));
  const bound = { config, workshop, pool, fits, shown };
  return {
    learned: await runProxy(bound, "learned", (part) => tick(0.2 + 0.4 * part)),
    saturated: await runProxy(bound, "saturated", (part) => tick(0.6 + 0.4 * part)),
  };
}

interface Bound {
  readonly config: Emoji32Config;
  readonly workshop: Workshop;
  readonly pool: Pool;
  readonly fits: Float32Array;
  /** Pictures of the start generator, which give the proxy its scale. */
  readonly shown: Float32Array;
}

async function runProxy(
  { config, workshop, pool, fits, shown }: Bound,
  name: ProxyName,
  tick: JobContext["tick"],
): Promise<ProxyResult> {
  const { device, fit, plan } = workshop;
  const key = Key.from(config.seed);
  const pairs = labelPairs(pool, name, key.fold(STREAM.pairs).fold(9));
  const network = newNetwork(device, key.fold(STREAM.proxy));
  const split = Math.floor(pairs.length * (1 - HELD_OUT));
  const options = { device, steps: config.proxy_steps, key: key.fold(STREAM.proxy).fold(1), tick };
  await learn(network, { pool, fits, pairs: pairs.slice(0, split) }, options);
  const scores = await rawRewards(device, { network, fit }, pool.images, pool.tokens);
  const agree = (what: "label" | "truth", some: readonly Pair[]): number =>
    share(some, (pair) => (scores[pair.a] ?? 0) > (scores[pair.b] ?? 0) === pair[what]);
  const scale = scaleOf(await rawRewards(device, { network, fit }, shown, plan.tokens));
  const force = await forceOf(
    workshop,
    { network, ...scale },
    { config, key: key.fold(STREAM.force) },
  );
  return {
    weights: await weightsOf(network),
    ...scale,
    force,
    pairs: pairs.length,
    labelsRight: share(pairs, ({ label, truth }) => label === truth),
    heldOutLabels: agree("label", pairs.slice(split)),
    heldOutGold: agree("truth", pairs.slice(split)),
  };
}

export function newNetwork(device: Device, key: Key): ProxyReward {
  return buildModel(device, initParams(device, key), (params) => new ProxyReward(params));
}

/** The proxy of a finished job, in the current scope. */
export function openProxy(device: Device, result: ProxyResult): ScaledProxy {
  const shapes = newNetwork(device, Key.from(0));
  const stored = [...shapes.parameters()].map(([name, { shape }]) => {
    const values = floatsFromBase64(result.weights[name] ?? "");
    return [name, { shape, values }] as const;
  });
  const params = loadParams(device, new Map(stored));
  const network = buildModel(device, params, (source) => new ProxyReward(source));
  params.finish();
  return { network, mean: result.mean, deviation: result.deviation };
}

async function weightsOf(network: ProxyReward): Promise<Record<string, string>> {
  const weights: Record<string, string> = {};
  for (const [name, { value }] of network.parameters()) {
    weights[name] = floatsToBase64(await value.data());
  }
  return weights;
}

interface PairData {
  readonly pool: Pool;
  readonly fits: ArrayLike<number>;
  readonly pairs: readonly Pair[];
}

interface LearnOptions {
  readonly device: Device;
  readonly steps: number;
  readonly batch?: number;
  readonly key: Key;
  readonly tick: JobContext["tick"];
}

/** Trains in place. */
export async function learn(
  network: ProxyReward,
  { pool, fits, pairs }: PairData,
  { device, steps, batch = BATCH, key, tick }: LearnOptions,
): Promise<void> {
  const lr = warmupCosine(2e-3, { warmup: 10, steps });
  const learner = new Learner(network.parameters(), { lr, weightDecay: 0.01, ema: 0.9 });
  const loss = (inputs: StepTensors<"pixels" | "fit">) => ({
    loss: pairLoss(network, inputs),
    aux: {},
  });
  const step = learnStep(device, learner, loss, {});
  for (let t = 0; t < steps; t++) {
    using _scope = device.scope();
    const chosen = Array.from({ length: batch }, (_, i) => {
      const { a, b, label } = pairs[key.fold(t).integer(pairs.length, i)] ?? { a: 0, b: 0 };
      return label ? [a, b] : [b, a];
    });
    const order = [...chosen.map(([a = 0]) => a), ...chosen.map(([, b = 0]) => b)];
    const pixels = new Float32Array(2 * batch * SCENE_LENGTH);
    for (const [i, at] of order.entries()) {
      pixels.set(
        pool.images.subarray(at * SCENE_LENGTH, (at + 1) * SCENE_LENGTH),
        i * SCENE_LENGTH,
      );
    }
    const report = takeStep(step, learner, {
      pixels,
      fit: Float32Array.from(order, (at) => fits[at] ?? 0),
    });
    if (t % 10 === 0) {
      await report.loss?.item();
      await tick(t / steps);
    }
  }
}

/** Bradley-Terry: the first half of the pictures is preferred to the second. */
function pairLoss(
  network: ProxyReward,
  { pixels, fit }: Readonly<Record<"pixels" | "fit", Tensor>>,
): Tensor {
  const n = fit.size;
  const r = network.forward(reshape(pixels, [n, 3, SCENE_SIZE, SCENE_SIZE]), fit);
  const preferred = slice(r, { axis: 0, end: n / 2 });
  const other = slice(r, { axis: 0, start: n / 2 });
  return mean(softplus(sub(other, preferred)));
}

function scaleOf(raw: readonly number[]): { mean: number; deviation: number } {
  const centre = average(raw);
  return { mean: centre, deviation: Math.sqrt(average(raw.map((r) => (r - centre) ** 2))) };
}

/** ‖∇θ mean r̂‖ at the start, the mean over some batches. */
async function forceOf(
  { device, atlas, start, fit }: Workshop,
  proxy: ScaledProxy,
  { config, key }: { readonly config: Emoji32Config; readonly key: Key },
): Promise<number> {
  const prompts = promptSource(atlas, key, config.batch);
  const reward = proxyReward(proxy, fit);
  let total = 0;
  for (let t = 0; t < FORCE_BATCHES; t++) {
    using _scope = device.scope();
    const tokens = prompts(t);
    const condition = start.condition(device, tokens);
    const z = start.noise(device, key.fold(t), tokens.n);
    const { grads } = valueAndGradOf(start.unet.parameters(), () =>
      mean(reward(start.decode(start.oneStep(z, condition)), tokens)),
    );
    let squares = 0;
    for (const g of grads.values()) {
      for (const v of await g.data()) squares += v * v;
    }
    total += Math.sqrt(squares) / FORCE_BATCHES;
  }
  return total;
}

function share<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.filter(test).length / items.length;
}
