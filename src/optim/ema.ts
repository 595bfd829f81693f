/**
 * Exponential moving average of parameters.
 *
 *     θ_ema ← β θ_ema + (1 − β) θ,        β = min(decay, (1 + t) / (10 + t))
 *
 * The ramp lets the average forget the random start.
 */
import { kernel } from "../shaders/kernel.js";
import { scalar, write } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { Arena } from "./arena.js";
import type { Slot } from "./slot.js";

const update = kernel("ema", { vectors: "u32" });

/** Averages of parameters over the steps: see the header. */
export class Ema {
  readonly averages: ReadonlyMap<string, Tensor>;
  /** Updates so far. */
  t = 0;
  private readonly slots: ReadonlyMap<string, Slot>;
  private readonly parameters: Arena;
  private readonly average: Arena;
  private readonly limit: number;
  /** β: a tensor, so that a captured step reads the one of its own t. */
  private readonly decay: Tensor;

  constructor(parameters: ReadonlyMap<string, Slot>, decay: number) {
    this.slots = parameters;
    this.limit = decay;
    this.parameters = Arena.pack(parameters);
    this.average = Arena.zeros(parameters, "average of");
    this.averages = this.average.views;
    this.decay = scalar(this.average.flat.device, 0, { label: "decay of the averages" });
    this.apply();
  }

  /** One update from the parameters of now. */
  update(): void {
    this.advance();
    this.apply();
  }

  /** Begins update t + 1: the part of it that the host computes. Stands outside a captured step. */
  advance(): void {
    this.parameters.assertHolds(this.slots, "Ema");
    write(this.decay, [Math.min(this.limit, (1 + this.t) / (10 + this.t))]);
    this.t += 1;
  }

  /** Blends the parameters in. `advance` comes first. */
  apply(): void {
    blend(this.parameters.flat, this.average.flat, this.decay);
  }

  /** Runs `f` with the averages in place of the parameters. */
  async with<T>(f: () => Promise<T>): Promise<T> {
    const originals = new Map([...this.slots].map(([name, p]) => [name, p.value]));
    for (const [name, p] of this.slots) p.value = this.averages.get(name) ?? p.value;
    try {
      return await f();
    } finally {
      for (const [name, p] of this.slots) p.value = originals.get(name) ?? p.value;
    }
  }

  /** Frees the averages; the parameters stay. */
  dispose(): void {
    this.parameters.flat.dispose();
    this.decay.dispose();
    this.average.dispose();
  }
}

function blend(value: Tensor, average: Tensor, decay: Tensor): void {
  if (value.device.kind === "reference") {
    const target = average.reference.data;
    const beta = decay.reference.flat(0);
    value.reference.data.forEach((x, i) => {
      target[i] = beta * (target[i] ?? 0) + (1 - beta) * x;
    });
    return;
  }
  const vectors = Math.ceil(value.size / 4);
  update({ tensors: [value, decay, average], params: { vectors }, items: vectors });
}
