/**
 * What one trained network needs beside its parameters: AdamW with a schedule, clipping by the
 * global norm, an average of the weights; and all of it as named tensors, so that a run can stop
 * and go on bit for bit.
 */
import { FormatError } from "../errors.js";
import { type Values, write } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { AdamW } from "./adamw.js";
import { clipByGlobalNorm } from "./clip.js";
import { Ema } from "./ema.js";
import type { Slot } from "./slot.js";

/** How one network learns. */
export interface LearnerOptions {
  /** The learning rate at step t, counted from 0. */
  readonly lr: (t: number) => number;
  readonly betas?: readonly [number, number];
  readonly weightDecay?: number;
  /** Largest global norm of the gradient. Default 1. */
  readonly clip?: number;
  /** Decay of the weights' average. Default 0.999. */
  readonly ema?: number;
}

/** One network's optimiser, schedule, clipping and averages. Parameters are updated in place. */
export class Learner {
  readonly parameters: ReadonlyMap<string, Slot>;
  readonly ema: Ema;
  private readonly adam: AdamW;
  private readonly options: LearnerOptions;

  constructor(parameters: ReadonlyMap<string, Slot>, options: LearnerOptions) {
    const { lr, betas = [0.9, 0.999], weightDecay = 0, ema = 0.999 } = options;
    this.parameters = parameters;
    this.options = options;
    this.adam = new AdamW(parameters, { lr: lr(0), betas, weightDecay });
    this.ema = new Ema(parameters, ema);
  }

  /** One optimiser step from these gradients. Returns the gradient's norm before clipping [1]. */
  update(grads: ReadonlyMap<string, Tensor>): Tensor {
    this.advance();
    return this.apply(grads);
  }

  /** Begins a step: the part of it that the host computes. Stands outside a captured step. */
  advance(): void {
    this.adam.advance(this.options.lr(this.adam.t));
    this.ema.advance();
  }

  /** The rest of the step, which may be captured: see `update`. */
  apply(grads: ReadonlyMap<string, Tensor>): Tensor {
    this.adam.collect(grads);
    const all = new Map([["all", this.adam.gradients.flat]]);
    const { factor, norm } = clipByGlobalNorm(all, this.options.clip ?? 1);
    this.adam.apply(factor);
    this.ema.apply();
    return norm;
  }

  /** `apply` without a norm and without clipping: for gradients that no common norm should couple. */
  applyUnclipped(grads: ReadonlyMap<string, Tensor>): void {
    this.adam.collect(grads);
    this.adam.apply();
    this.ema.apply();
  }

  /** Parameters, averages and moments, as `<prefix>.<kind>.<name>`. */
  state(prefix: string): Map<string, Tensor> {
    const all = new Map<string, Tensor>();
    for (const [name, { value }] of this.parameters) all.set(`${prefix}.params.${name}`, value);
    for (const [name, value] of this.ema.averages) all.set(`${prefix}.ema.${name}`, value);
    for (const [name, { m, v }] of this.adam.moments) {
      all.set(`${prefix}.adam_m.${name}`, m);
      all.set(`${prefix}.adam_v.${name}`, v);
    }
    return all;
  }

  /** Overwrites everything from a saved state of the same network after `steps` updates. */
  restore(
    prefix: string,
    saved: ReadonlyMap<string, { readonly values: Values }>,
    steps: number,
  ): void {
    for (const [name, target] of this.state(prefix)) {
      const stored = saved.get(name);
      if (!stored || stored.values.length !== target.size) {
        throw new FormatError(
          `The saved run does not fit this configuration: ${name} is missing or has another size. ` +
            "Use the config that was written beside it, or start a new run.",
        );
      }
      write(target, stored.values);
    }
    this.adam.t = steps;
    this.ema.t = steps;
  }

  /** Frees moments and averages; the parameters stay. */
  dispose(): void {
    this.adam.dispose();
    this.ema.dispose();
  }
}
