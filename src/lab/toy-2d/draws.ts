/** What a step draws: z and ε of every seed from a key, σ from the host. */
import type { Device } from "../../device/types.js";
import { add, mul } from "../../ops/binary.js";
import { expand } from "../../ops/expand.js";
import { fuse } from "../../ops/fuse.js";
import { randomNormal } from "../../ops/random.js";
import { reshape } from "../../ops/reshape.js";
import { slice } from "../../ops/slice.js";
import { square } from "../../ops/unary.js";
import { Learner } from "../../optim/learner.js";
import { warmupCosine } from "../../optim/schedule.js";
import type { Key } from "../../tensor/key.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Cast } from "./cast.js";

export interface Draws {
  /** [S, N, 2] */
  readonly z: Tensor;
  /** ε [B·N, 2] */
  readonly noise: Tensor;
  /** [B·N, 1] */
  readonly sigma: Tensor;
  readonly sigma2: Tensor;
}

/** sigma [N]: shared by all models; key u32 [2]: the noise is shared by the models of a seed. */
export function drawsOf(
  device: Device,
  cast: Cast,
  { key, sigma, seeds }: { key: Tensor; sigma: Tensor; seeds: number },
): Draws {
  const N = sigma.size;
  const all = randomNormal(device, key, [seeds, N, 4]);
  const noise = cast.forModels(slice(all, { axis: 2, start: 2, end: 4 }));
  const level = spread(sigma, cast.models);
  return {
    z: slice(all, { axis: 2, start: 0, end: 2 }),
    noise: flat(noise),
    sigma: level,
    sigma2: square(level),
  };
}

const addNoise = fuse("x0 + sigma eps", (x0, noise, sigma) => add(x0, mul(noise, sigma)));

/** x_t = x₀ + σ ε, all [B·N, …] */
export function noised(x0: Tensor, { noise, sigma }: Draws): Tensor {
  return addNoise(x0, noise, sigma);
}

/** [B, N, 2] → [B·N, 2] */
export function flat(x: Tensor): Tensor {
  return reshape(x, [x.dim(0) * x.dim(1), x.dim(2)]);
}

/** One number for each of N samples → [B·N, 1] */
export function spread(values: Tensor, models: number): Tensor {
  const N = values.size;
  return reshape(expand(reshape(values, [1, N, 1]), [models, N, 1]), [models * N, 1]);
}

export const words = (key: Key): Uint32Array => Uint32Array.from(key.words);

/**
 * Adam with a short warm-up and a cosine; averages over the last twentieth of the steps. To be applied
 * unclipped: a global norm would couple the models.
 */
export function learnerOf(
  parameters: ConstructorParameters<typeof Learner>[0],
  { lr, steps, beta1 = 0.9 }: { lr: number; steps: number; beta1?: number },
): Learner {
  const warmup = Math.min(20, Math.ceil(steps / 10));
  return new Learner(parameters, {
    lr: warmupCosine(lr, { warmup, steps, floor: 0.05 }),
    betas: [beta1, 0.99],
    ema: 1 - 1 / Math.max(2, steps / 20),
  });
}
