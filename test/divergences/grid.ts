/**
 * A density on a grid that climbs  α E r − Σ_k w_k E_{x ~ p_k} d( s_{p_k}(x) − s_{q_k}(x) ),  with
 * everything exact: p_k is p with Gaussian noise of σ_k, by sums over the grid.
 *
 * Mirror ascent, ln p ← ln p + η ∂F/∂p: where the sum is KL(p ‖ q) a step with η = 1 would land on
 * q e^{α r} / Z at once.
 */
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { add, div, mul, sub } from "../../src/ops/binary.js";
import { matmul } from "../../src/ops/matmul.js";
import { reshape } from "../../src/ops/reshape.js";
import { sum } from "../../src/ops/sum.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";

export interface Climb {
  readonly distance: (y: Tensor) => Tensor;
  readonly levels: readonly { readonly sigma: number; readonly weight: number }[];
  readonly alpha: number;
  readonly steps: number;
}

const STEP = 0.08;
const LIMIT = 4.4;
const xs = Array.from({ length: 111 }, (_, i) => (i - 55) * STEP);

const normalised = (p: readonly number[]): number[] => {
  const total = p.reduce((a, b) => a + b, 0);
  return p.map((v) => v / total);
};
const gauss = (x: number, m: number, s: number): number =>
  Math.exp(-((x - m) ** 2) / (2 * s * s)) / s;
/** Two modes that overlap a little, and a reward that prefers one and shifts both. */
const reference = normalised(xs.map((x) => gauss(x, -1.4, 0.55) + gauss(x, 1.3, 0.6)));
const reward = xs.map((x) => Math.tanh(x) + 0.4 * Math.sin(2 * x));

/** The noisy density and its score, as sums over the grid: p [n, 1] → [m, 1] each. */
function noisy(host: ReferenceDevice, sigma: number) {
  const step = Math.max(STEP, sigma / 5);
  const n = Math.ceil((LIMIT + 5 * sigma) / step);
  const at = Array.from({ length: 2 * n + 1 }, (_, i) => (i - n) * step);
  const weight = (x: number, y: number): number =>
    (step * gauss(x, y, sigma)) / Math.sqrt(2 * Math.PI);
  const kernel = (f: (x: number, y: number) => number): Tensor =>
    tensor(
      host,
      at.flatMap((x) => xs.map((y) => f(x, y))),
      [at.length, xs.length],
    );
  const smooth = kernel(weight);
  const slope = kernel((x, y) => (weight(x, y) * (y - x)) / sigma ** 2);
  return (p: Tensor): { density: Tensor; score: Tensor } => {
    const density = add(matmul(smooth, p), 1e-300);
    return { density, score: div(matmul(slope, p), density) };
  };
}

export function optimum({ distance, levels, alpha, steps }: Climb) {
  const host = new ReferenceDevice();
  using _scope = host.scope();
  const q = tensor(host, reference, [xs.length, 1]);
  const r = tensor(host, reward, [xs.length, 1]);
  const fields = levels.map(({ sigma, weight }) => {
    const at = noisy(host, sigma);
    return { at, weight, s_q: at(q).score };
  });
  const objective = (p: Tensor): Tensor => {
    let value = mul(sum(mul(p, r)), alpha);
    for (const { at, weight, s_q } of fields) {
      const { density, score } = at(p);
      const d = distance(sub(score, s_q));
      value = sub(value, mul(sum(mul(reshape(density, [d.size]), d)), weight));
    }
    return value;
  };
  let p = [...reference];
  for (let i = 0; i < steps; i++) {
    using _step = host.scope();
    const now = tensor(host, p, [xs.length, 1]);
    const [g = now] = grad(objective)(now);
    p = normalised(p.map((v, k) => v * Math.exp(0.5 * g.reference.flat(k))));
  }
  const want = normalised(reference.map((v, i) => v * Math.exp(alpha * (reward[i] ?? 0))));
  return { got: p, want, start: reference };
}
