/** The UNet of the model in this repository: one evaluation, and a training step. */
import { EMOJI_32 } from "../../src/cli/presets.js";
import { countParams, UNet2DConditionModel, type UNetConfig } from "../../src/node.js";
import {
  type AdamWNumbers,
  type Input,
  type Inputs,
  type Ops,
  type Problem,
  sizeOf,
} from "../problem.js";
import { countFlop } from "./count.js";
import type { Row } from "./row.js";
import { input } from "./sampled.js";
import { unetForward } from "./unet-program.js";

const TOKENS = 12;
const ADAMW: AdamWNumbers = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };

/** The weights by name, in the order of the inputs. */
function weightsOf(config: UNetConfig): ReadonlyMap<string, Input> {
  const parameters = new UNet2DConditionModel(countParams(), config).parameters();
  const weights = new Map<string, Input>();
  for (const [name, { shape }] of parameters) {
    const seed = 100 + weights.size;
    const [, ...fanIn] = shape;
    const isNorm = /norm[^.]*\.weight$/.test(name);
    const given = isNorm
      ? { centre: 1, spread: 0.1 }
      : { spread: fanIn.length === 0 ? 0.1 : sizeOf(fanIn) ** -0.5 };
    const layout = shape.length === 4 ? ({ layout: "kernel" } as const) : {};
    weights.set(name, input(shape, seed, { ...given, ...layout, weight: true }));
  }
  return weights;
}

/** sample, waves, hidden, mask, pooled and, for training, the target; the weights behind them. */
export function unetProblem(config: UNetConfig, n: number, train: boolean): Problem {
  const { in_channels, sample_size: side, cross_attention_dim: width, block_out_channels } = config;
  const picture = [n, in_channels, side, side];
  const layout = "picture" as const;
  const data = [
    input(picture, 1, { layout, spread: 2 }),
    input([n, block_out_channels[0] ?? 1], 2, { spread: 1 }),
    input([n, TOKENS, width], 3, { spread: 1 }),
    input([n, TOKENS], 4, { spread: 1 }),
    input([n, width], 5, { spread: 1 }),
    ...(train ? [input(picture, 6, { layout, spread: 1 })] : []),
  ];
  const weights = weightsOf(config);
  const places = new Map([...weights.keys()].map((name, i) => [name, data.length + i]));
  const forward = <T>(ops: Ops<T>, x: Inputs<T>): T => {
    const w = (name: string): T => x(places.get(name) ?? -1);
    const has = (name: string): boolean => places.has(name);
    const [sample, waves, hidden, mask, pooled] = [x(0), x(1), x(2), x(3), x(4)];
    return unetForward(ops, config, Object.assign(w, { has }), {
      sample,
      waves,
      hidden,
      mask,
      pooled,
    });
  };
  const inputs = [...data, ...weights.values()];
  if (!train) {
    return {
      inputs,
      style: "compiled",
      results: [layout],
      program: (ops, x) => [forward(ops, x)],
    };
  }
  return {
    inputs,
    train: ADAMW,
    checkAfter: 2,
    // mean (UNet − target)²
    program: (ops, x) => {
      const error = ops.unary("square", ops.sub(forward(ops, x), x(5)));
      return [ops.mul(ops.sum(error), 1 / sizeOf(picture))];
    },
  };
}

/** A quarter of the width: references of the whole take minutes. */
const NARROW: UNetConfig = { ...EMOJI_32.unet, block_out_channels: [16, 24] };

const FORWARD_BATCH = 8;
const TRAIN_BATCH = 32;

const bytesOf = ({ inputs }: Problem, times: number): number =>
  4 * times * inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

const forward = unetProblem(EMOJI_32.unet, FORWARD_BATCH, false);
const training = unetProblem(EMOJI_32.unet, TRAIN_BATCH, true);

export const UNET_ROWS: readonly Row[] = [
  {
    name: `UNet forward, batch ${FORWARD_BATCH}`,
    family: "unet",
    quick: true,
    naive: "not quick",
    flop: countFlop(forward),
    bytes: bytesOf(forward, 1),
    problem: forward,
    checkProblem: unetProblem(NARROW, 1, false),
  },
  {
    name: `UNet training step, batch ${TRAIN_BATCH}`,
    family: "unet",
    quick: false,
    naive: "not quick",
    tolerance: 1e-3,
    // Forward once, the two gradients of every product; AdamW beside it is small.
    flop: 3 * countFlop(training),
    bytes: bytesOf(training, 3),
    problem: training,
    checkProblem: unetProblem(NARROW, 1, true),
  },
];
