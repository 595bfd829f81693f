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
import { ones, zeros } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
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

export class AdamW {
  readonly moments: ReadonlyMap<string, Moments>;
  /** Steps taken. */
  t = 0;
  private readonly parameters: ReadonlyMap<string, Slot>;
  private readonly options: Required<AdamWOptions>;
  private readonly unclipped: Tensor;

  constructor(parameters: ReadonlyMap<string, Slot>, options: AdamWOptions) {
    this.parameters = parameters;
    this.options = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, ...options };
    const first = [...parameters.values()][0];
    if (!first) throw new HitofudeError("AdamW: no parameters were given.");
    this.unclipped = ones(first.value.device, [1], { label: "clip" });
    this.moments = new Map(
      [...parameters].map(([name, { value }]) => {
        const m = zeros(value.device, value.shape, { label: `m of ${name}` });
        const v = zeros(value.device, value.shape, { label: `v of ${name}` });
        return [name, { m, v }];
      }),
    );
  }

  /** One step. `lr` overrides the option (schedules); `clip` [1] scales every gradient. */
  step(grads: ReadonlyMap<string, Tensor>, change: { lr?: number; clip?: Tensor } = {}): void {
    this.t += 1;
    const { betas, eps, weightDecay } = this.options;
    const [beta1, beta2] = betas;
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
    for (const [name, { value: p }] of this.parameters) {
      const g = grads.get(name);
      const moments = this.moments.get(name);
      if (!g || !moments) {
        throw new HitofudeError(`AdamW: no gradient for ${name}. Give one for every parameter.`);
      }
      const { m, v } = moments;
      if (p.device.kind === "reference") stepOnHost({ g, clip, p, m, v }, settings);
      else {
        const vectors = Math.ceil(p.size / 4);
        const params = { vectors, ...settings };
        update({ tensors: [g, clip, p, m, v], params, groups: Math.ceil(vectors / 64) });
      }
    }
  }

  dispose(): void {
    this.unclipped.dispose();
    for (const { m, v } of this.moments.values()) {
      m.dispose();
      v.dispose();
    }
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
