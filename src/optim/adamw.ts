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
import { ones } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { Arena } from "./arena.js";
import type { Slot } from "./slot.js";

export interface AdamWOptions {
  readonly lr: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  /** λ, decoupled from the gradient. Default 0. */
  readonly weightDecay?: number;
}

export interface Moments {
  readonly m: Tensor;
  readonly v: Tensor;
}

const update = kernel("adamw", {
  vectors: "u32",
  lr: "f32",
  beta1: "f32",
  beta2: "f32",
  eps: "f32",
  weight_decay: "f32",
  bias1: "f32",
  bias2: "f32",
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

  /** Moves the parameters into one buffer (see Arena.pack), so that a step is one dispatch. */
  constructor(parameters: ReadonlyMap<string, Slot>, options: AdamWOptions) {
    if (parameters.size === 0) throw new HitofudeError("AdamW: no parameters were given.");
    this.options = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, ...options };
    this.slots = parameters;
    this.parameters = Arena.pack(parameters);
    this.gradients = Arena.zeros(parameters, "gradient of");
    this.m = Arena.zeros(parameters, "m of");
    this.v = Arena.zeros(parameters, "v of");
    this.unclipped = ones(this.m.flat.device, [1], { label: "clip" });
    this.moments = new Map(
      [...this.m.views].map(([name, m]) => [name, { m, v: this.v.views.get(name) ?? m }]),
    );
  }

  /** One step. `lr` overrides the option (schedules); `clip` [1] scales every gradient. */
  step(grads: ReadonlyMap<string, Tensor>, change: { lr?: number; clip?: Tensor } = {}): void {
    this.collect(grads);
    this.apply(change);
  }

  /** The first half of a step: copies the gradients together. */
  collect(grads: ReadonlyMap<string, Tensor>): void {
    const missing = [...this.moments.keys()].find((name) => !grads.has(name));
    if (missing !== undefined) {
      throw new HitofudeError(`AdamW: no gradient for ${missing}. Give one for every parameter.`);
    }
    this.gradients.gather(grads);
  }

  /** The second half: updates moments and parameters from the collected gradients. */
  apply(change: { lr?: number; clip?: Tensor } = {}): void {
    this.parameters.assertHolds(this.slots, "AdamW");
    this.t += 1;
    const { betas, eps, weightDecay } = this.options;
    // As float32 holds them: 1 − βᵗ must cancel the 1 − β that the kernel computes.
    const [beta1, beta2] = [Math.fround(betas[0]), Math.fround(betas[1])];
    const settings = {
      lr: change.lr ?? this.options.lr,
      beta1,
      beta2,
      eps,
      weight_decay: weightDecay,
      bias1: 1 - beta1 ** this.t,
      bias2: 1 - beta2 ** this.t,
    };
    const clip = change.clip ?? this.unclipped;
    const [g, p, m, v] = [this.gradients.flat, this.parameters.flat, this.m.flat, this.v.flat];
    if (p.device.kind === "reference") stepOnHost({ g, clip, p, m, v }, settings);
    else {
      const vectors = p.size / 4;
      const params = { vectors, ...settings };
      update({ tensors: [g, clip, p, m, v], params, groups: Math.ceil(vectors / 64) });
    }
  }

  /** Frees everything but the parameters, which stay in their slots. */
  dispose(): void {
    for (const x of [this.unclipped, this.parameters.flat]) x.dispose();
    for (const arena of [this.gradients, this.m, this.v]) arena.dispose();
  }
}

interface Settings {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
  readonly bias1: number;
  readonly bias2: number;
}

/** What the kernel means, in float64. */
function stepOnHost(
  tensors: { g: Tensor; clip: Tensor; p: Tensor; m: Tensor; v: Tensor },
  { lr, beta1, beta2, eps, weight_decay, bias1, bias2 }: Settings,
): void {
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
