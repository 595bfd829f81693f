/**
 * Exponential moving average of parameters.
 *
 *     θ_ema ← β θ_ema + (1 − β) θ,        β = min(decay, (1 + t) / (10 + t))
 *
 * The ramp lets the average forget the random start.
 */
import { kernel } from "../shaders/kernel.js";
import type { Tensor } from "../tensor/tensor.js";
import { Arena } from "./arena.js";
import type { Slot } from "./slot.js";

const update = kernel("ema", { vectors: "u32", decay: "f32" });

export class Ema {
  readonly averages: ReadonlyMap<string, Tensor>;
  /** Updates so far. */
  t = 0;
  private readonly slots: ReadonlyMap<string, Slot>;
  private readonly parameters: Arena;
  private readonly average: Arena;
  private readonly decay: number;

  constructor(parameters: ReadonlyMap<string, Slot>, decay: number) {
    this.slots = parameters;
    this.decay = decay;
    this.parameters = Arena.pack(parameters);
    this.average = Arena.zeros(parameters, "average of");
    this.averages = this.average.views;
    blend(this.parameters.flat, this.average.flat, 0);
  }

  update(): void {
    this.parameters.assertHolds(this.slots, "Ema");
    const decay = Math.min(this.decay, (1 + this.t) / (10 + this.t));
    this.t += 1;
    blend(this.parameters.flat, this.average.flat, decay);
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

  dispose(): void {
    this.parameters.flat.dispose();
    this.average.dispose();
  }
}

function blend(value: Tensor, average: Tensor, decay: number): void {
  if (value.device.kind === "reference") {
    const target = average.reference.data;
    value.reference.data.forEach((x, i) => {
      target[i] = decay * (target[i] ?? 0) + (1 - decay) * x;
    });
    return;
  }
  const vectors = Math.ceil(value.size / 4);
  const params = { vectors, decay };
  update({ tensors: [value, average], params, groups: Math.ceil(vectors / 64) });
}
