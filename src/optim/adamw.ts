/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2), in place.
 *
 *     m ← β₁ m + (1 − β₁) g            v ← β₂ v + (1 − β₂) g²
 *     p ← p − lr · ( (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε) + λ p )
 *
 * g is the gradient times `clip` (see clip.ts). Runs on both kinds of device.
 */
import { HitofudeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { ones, write, zeros } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { Arena } from "./arena.js";
import type { Slot } from "./slot.js";

/** AdamW's constants. Defaults: betas 0.9 and 0.999, eps 1e-8, weightDecay 0. */
export interface AdamWOptions {
  readonly lr: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  /** λ, decoupled from the gradient. Default 0. */
  readonly weightDecay?: number;
}

/** m and v of one parameter, of its shape. */
export interface Moments {
  readonly m: Tensor;
  readonly v: Tensor;
}

const update = kernel("adamw", {
  vectors: "u32",
  beta1: "f32",
  beta2: "f32",
  eps: "f32",
  weight_decay: "f32",
});

/** AdamW over named parameters; see the header. Step it with the gradients of the same names. */
export class AdamW {
  /** First and second moment of each parameter. */
  readonly moments: ReadonlyMap<string, Moments>;
  /** Where `step` collects its gradients; the basis of a global norm. */
  readonly gradients: Arena;
  /** Steps taken. */
  t = 0;
  private readonly slots: ReadonlyMap<string, Slot>;
  private readonly parameters: Arena;
  private readonly m: Arena;
  private readonly v: Arena;
  private readonly options: Required<AdamWOptions>;
  private readonly unclipped: Tensor;
  /** lr, 1 − β₁ᵗ and 1 − β₂ᵗ: a tensor, so that a captured step reads those of its own t. */
  private readonly settings: Tensor;
  private ready = false;

  /** Moves the parameters into one buffer (see Arena.pack), so that a step is one dispatch. */
  constructor(parameters: ReadonlyMap<string, Slot>, options: AdamWOptions) {
    if (parameters.size === 0)
      throw new HitofudeError("AdamW: no parameters were given. Give at least one.");
    this.options = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, ...options };
    this.slots = parameters;
    this.parameters = Arena.pack(parameters);
    this.gradients = Arena.zeros(parameters, "gradient of");
    this.m = Arena.zeros(parameters, "m of");
    this.v = Arena.zeros(parameters, "v of");
    this.unclipped = ones(this.m.flat.device, [1], { label: "clip" });
    this.settings = zeros(this.m.flat.device, [3], { label: "AdamW's settings" });
    this.moments = new Map(
      [...this.m.views].map(([name, m]) => [name, { m, v: this.v.views.get(name) ?? m }]),
    );
  }

  /**
   * One step. `lr` overrides the option (schedules); `clip` [1] scales every gradient.
   * @throws HitofudeError when a parameter has no gradient.
   */
  step(grads: ReadonlyMap<string, Tensor>, change: { lr?: number; clip?: Tensor } = {}): void {
    const { lr, clip } = change;
    this.collect(grads);
    this.advance(lr);
    this.apply(clip);
  }

  /** Begins step t + 1: the part of it that the host computes. Stands outside a captured step. */
  advance(lr = this.options.lr): void {
    this.parameters.assertHolds(this.slots, "AdamW");
    const [beta1, beta2] = this.betas;
    this.t += 1;
    write(this.settings, [lr, 1 - beta1 ** this.t, 1 - beta2 ** this.t]);
    this.ready = true;
  }

  /** The first half of a step: copies the gradients together. */
  collect(grads: ReadonlyMap<string, Tensor>): void {
    const missing = [...this.moments.keys()].find((name) => !grads.has(name));
    if (missing !== undefined) {
      throw new HitofudeError(`AdamW: no gradient for ${missing}. Give one for every parameter.`);
    }
    this.gradients.gather(grads);
  }

  /** Updates moments and parameters from the collected gradients. `advance` comes first. */
  apply(clip = this.unclipped): void {
    if (!this.ready) throw new HitofudeError("AdamW: no step was begun. Call advance first.");
    const { eps, weightDecay: weight_decay } = this.options;
    const [beta1, beta2] = this.betas;
    const [g, p, m, v] = [this.gradients.flat, this.parameters.flat, this.m.flat, this.v.flat];
    const { settings } = this;
    const constants = { beta1, beta2, eps, weight_decay };
    if (p.device.kind === "reference") stepOnHost({ g, clip, settings, p, m, v }, constants);
    else {
      const vectors = p.size / 4;
      const params = { vectors, ...constants };
      update({ tensors: [g, clip, settings, p, m, v], params, items: vectors });
    }
  }

  /** As float32 holds them: 1 − βᵗ must cancel the 1 − β that the kernel computes. */
  private get betas(): readonly [number, number] {
    const [beta1, beta2] = this.options.betas;
    return [Math.fround(beta1), Math.fround(beta2)];
  }

  /** Frees everything but the parameters, which stay in their slots. */
  dispose(): void {
    for (const x of [this.unclipped, this.settings, this.parameters.flat]) x.dispose();
    for (const arena of [this.gradients, this.m, this.v]) arena.dispose();
  }
}

interface Constants {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
}

/** What the kernel means, in float64. */
function stepOnHost(
  tensors: { g: Tensor; clip: Tensor; settings: Tensor; p: Tensor; m: Tensor; v: Tensor },
  { beta1, beta2, eps, weight_decay }: Constants,
): void {
  const [lr = 0, bias1 = 1, bias2 = 1] = tensors.settings.reference.data;
  const [p, m, v] = [tensors.p, tensors.m, tensors.v].map((x) => x.reference.data);
  if (!p || !m || !v) return;
  const scale = tensors.clip.reference.flat(0);
  tensors.g.reference.data.forEach((raw, i) => {
    const g = raw * scale;
    const mt = beta1 * (m[i] ?? 0) + (1 - beta1) * g;
    const vt = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
    m[i] = mt;
    v[i] = vt;
    const step = mt / bias1 / (Math.sqrt(vt / bias2) + eps);
    p[i] = (p[i] ?? 0) - lr * (step + weight_decay * (p[i] ?? 0));
  });
}
