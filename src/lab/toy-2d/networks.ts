/**
 * Networks of B models side by side, so that all α and seeds of an arm are one product of matrices:
 *
 *     y_b = silu(… silu(x_b W₁_b + c₁_b) …) W_n_b + c_n_b,       x [B, N, in], W [B, in, out]
 *
 * The generator maps z ~ N(0, I) to a point: an anchor, softly chosen from a learned list C [32, 2],
 * and an offset. An MLP alone is too smooth to jump between modes: it leaves samples on the way. The assistant starts as the reference, and learns what
 * differs in units of the score, which is smooth in σ:
 *
 *     (a, b) = MLP(z, sin z, …)        g(z) = s_d ( softmax(8 a) · C + b )
 *     f_ψ(x, σ) = f_ref(x, σ) + σ² / √(σ² + s²) · MLP(x / √(σ² + s_d²), ln σ)
 */
import type { Device } from "../../device/types.js";
import { Module } from "../../nn/module.js";
import type { Parameter } from "../../nn/parameter.js";
import type { Params } from "../../nn/params.js";
import { add, div, mul } from "../../ops/binary.js";
import { equal } from "../../ops/comparison.js";
import { concat } from "../../ops/concat.js";
import { type Fused, fuse } from "../../ops/fuse.js";
import { matmul } from "../../ops/matmul.js";
import { reshape } from "../../ops/reshape.js";
import { slice } from "../../ops/slice.js";
import { softmax } from "../../ops/softmax.js";
import { log, silu, sin, sqrt } from "../../ops/unary.js";
import { where } from "../../ops/where.js";
import { tensor } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface MlpSizes {
  /** B */
  readonly models: number;
  readonly in: number;
  readonly out: number;
  readonly hidden: number;
  /** Hidden layers. */
  readonly layers: number;
  /** The last layer starts at zero. */
  readonly zero?: boolean;
}

/** B networks [B, N, in] → [B, N, out]. */
export class Mlp extends Module {
  readonly weights: Parameter[];
  readonly biases: Parameter[];

  constructor(params: Params, { models, in: first, out, hidden, layers, zero }: MlpSizes) {
    super();
    const sizes = [first, ...Array<number>(layers).fill(hidden), out];
    const init = (i: number) =>
      i === layers && zero ? { constant: 0 } : { uniform: 1 / Math.sqrt(sizes[i] ?? 1) };
    const count = layers + 1;
    this.weights = Array.from({ length: count }, (_, i) =>
      params.at("weights").parameter(`${i}`, [models, sizes[i] ?? 1, sizes[i + 1] ?? 1], init(i)),
    );
    this.biases = Array.from({ length: count }, (_, i) =>
      params.at("biases").parameter(`${i}`, [models, 1, sizes[i + 1] ?? 1], init(i)),
    );
  }

  forward(x: Tensor): Tensor {
    return this.weights.reduce((y, weight, i) => {
      const bias = this.biases[i]?.value ?? y;
      const product = matmul(y, weight.value);
      return i === this.weights.length - 1 ? add(product, bias) : biasSilu(product, bias);
    }, x);
  }
}

const ANCHORS = 32;
const SHARPNESS = 8;

/** z's features [B, N, in] → [B, N, 2] */
export class Generator extends Module {
  readonly mlp: Mlp;
  /** C [B, 32, 2] */
  readonly anchors: Parameter;

  private readonly place: Fused;

  /** `spread`: s_d */
  constructor(params: Params, { spread, ...sizes }: Omit<MlpSizes, "out"> & { spread: number }) {
    super();
    this.place = fuse("anchor and offset", (anchor, offset) => mul(add(anchor, offset), spread));
    this.mlp = new Mlp(params.at("mlp"), { ...sizes, out: ANCHORS + 2 });
    this.anchors = params.parameter("anchors", [sizes.models, ANCHORS, 2], { uniform: 1.5 });
  }

  forward(features: Tensor): Tensor {
    const y = this.mlp.forward(features);
    const gates = softmax(mul(slice(y, { axis: 2, start: 0, end: ANCHORS }), SHARPNESS));
    const offset = slice(y, { axis: 2, start: ANCHORS, end: ANCHORS + 2 });
    return this.place(matmul(gates, this.anchors.value), offset);
  }
}

/** Waves help an MLP to bend sharply: between modes, and within one. */
const GENERATOR_WAVES = [1.5, 3];
const ASSISTANT_WAVES = [2, 6];
const LEVEL_WAVES = [2];

const biasSilu = fuse("bias and silu", (y, bias) => silu(add(y, bias)));
/** u itself where f is 0. */
const wave = fuse("wave", (u, f, phase) => where(equal(f, 0), u, sin(add(mul(u, f), phase))));
const waveOfLog = fuse("wave of ln σ", (sigma2, f, phase) =>
  wave(mul(log(sigma2), 0.25), f, phase),
);

/** For u, and for sin and cos of f u of each frequency f: rates and phases [1 + 2 F, 1]. */
function ratesAndPhases(device: Device, frequencies: readonly number[]): [Tensor, Tensor] {
  const of = (values: readonly number[]): Tensor => tensor(device, values, [values.length, 1]);
  return [
    of([0, ...frequencies.flatMap((f) => [f, f])]),
    of([0, ...frequencies.flatMap(() => [0, Math.PI / 2])]),
  ];
}

/** [..., n] → [..., 1, n]: an axis for the waves. */
const forWaves = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, -1), 1, x.dim(-1)]);
/** [..., W, n] → [..., W n] */
const inARow = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, -2), x.dim(-2) * x.dim(-1)]);

export const GENERATOR_INPUTS = 2 + 4 * GENERATOR_WAVES.length;
export const ASSISTANT_INPUTS = 2 + 4 * ASSISTANT_WAVES.length + 3;

/** What the generator sees of z: [..., 2] → [..., inputs] */
export function generatorFeatures(z: Tensor): Tensor {
  return inARow(wave(forWaves(z), ...ratesAndPhases(z.device, GENERATOR_WAVES)));
}

/** What the assistant sees, for data of this spread: x and σ² [B, N, 2] and [B, N, 1], → [B, N, inputs] */
export function assistantFeatures(spread: number): (x: Tensor, sigma2: Tensor) => Tensor {
  const waveOfPlace = fuse("wave of the place", (x, sigma2, f, phase) =>
    wave(div(x, sqrt(add(sigma2, spread ** 2))), f, phase),
  );
  return (x, sigma2) => {
    const { device } = x;
    const level = forWaves(sigma2);
    const place = waveOfPlace(forWaves(x), level, ...ratesAndPhases(device, ASSISTANT_WAVES));
    const waves = waveOfLog(level, ...ratesAndPhases(device, LEVEL_WAVES));
    return concat([inARow(place), inARow(waves)], 2);
  };
}
