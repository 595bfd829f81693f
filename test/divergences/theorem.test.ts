/**
 * The score-divergence gradient theorem (SIM theorem 3.1), by the divergences' own code:
 *
 *     ∇_θ E_{x ~ π} d(s_θ(x) − s_q(x))  =  ∇_θ E_{z,ε} loss(z, ε)           π, ψ frozen on the right
 *
 *     generator   x₀ = θ₀ + θ₁ z + θ₂ z²            θ = (0.3, 1.1, 0.25)
 *     reference   0.4 N(−2, v) + 0.6 N(3, v)        v = 0.49 + σ²,  σ = 0.8
 *
 * z and ε run over quadrature nodes. On those nodes the generator is a mixture of Gaussians, so its
 * diffused score is exact. Golden numbers: an independent computation by finite differences on a
 * grid, rounded to five digits (its right sides carry an interpolation error below 1e-4).
 *
 * Pseudo-Huber bends within |y| < c, so its integrals need nodes close together.
 */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import {
  type Divergence,
  detached,
  fisher,
  kl,
  l2,
  pseudoHuber,
  type ScoreDivergence,
  sid,
  withMovingDensity,
} from "../../src/divergences/index.js";
import { add, mul, sub } from "../../src/ops/binary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { asDenoiser, expectation, linear, mixtureScore, product, trapezoid } from "./exact.js";

const THETA = [0.3, 1.1, 0.25];
const SIGMA = 0.8;
const VARIANCE = 0.49 + SIGMA ** 2;
const C = 0.3;

type Grid = ReturnType<typeof grid>;

function grid(zCount: number, zLimit: number, noiseCount: number, noiseLimit: number) {
  const z = trapezoid(zLimit, zCount);
  const { columns, weights } = product(z, trapezoid(noiseLimit, noiseCount));
  const [at = [], noise = []] = columns;
  return { z, at, noise, weights };
}

const COARSE = grid(45, 5.6, 41, 5.6);
const FINE = grid(33, 5.2, 201, 5.2);

const powers = (x: readonly number[]): number[][] => [0, 1, 2].map((p) => x.map((v) => v ** p));

function setting(device: Device, { z, at: zs, noise }: Grid) {
  const theta = tensor(device, THETA);
  const generate = (at: Tensor): Tensor => linear(device, at, powers(zs));
  const scoreOf = (at: Tensor) =>
    mixtureScore(linear(device, at, powers(z.at)), z.weights, SIGMA ** 2);
  const ref = mixtureScore(tensor(device, [-2, 3], [2, 1]), [0.4, 0.6], VARIANCE);
  const column = (scale: number): Tensor =>
    tensor(
      device,
      noise.map((e) => scale * e),
      [noise.length, 1],
    );
  const shift = column(SIGMA);
  // −(x_t − x₀)/σ² = −ε/σ: as a function of θ it is constant.
  const target = column(-1 / SIGMA);
  const diffuse = (at: Tensor): Tensor => add(generate(at), shift);
  return { theta, psi: scoreOf(theta), ref, scoreOf, generate, diffuse, target };
}

type Units = "scores" | "x₀-predictions";

/** ∇_θ of the generator's loss, times `weight`. */
function lossGradient(device: Device, row: Row): Tensor {
  const { divergence, units, weight = 1 } = row;
  const nodes = row.fine ? FINE : COARSE;
  const { theta, psi, ref, generate, diffuse, target } = setting(device, nodes);
  const [g = theta] = grad((at) => {
    const x_t = diffuse(at);
    const given =
      units === "scores"
        ? { psi, ref, target, x_t }
        : { psi: asDenoiser(psi, SIGMA), ref: asDenoiser(ref, SIGMA), target: generate(at), x_t };
    return mul(expectation(divergence.generatorLoss(given).loss, nodes.weights), weight);
  })(theta);
  return g;
}

/** ∇_θ of what the theorem speaks of: the sampling density frozen, the score moving. */
function divergenceGradient(device: Device, { distance }: ScoreDivergence, nodes: Grid): Tensor {
  const { theta, ref, scoreOf, diffuse } = setting(device, nodes);
  const x = diffuse(theta);
  const [g = theta] = grad((at) =>
    expectation(distance(sub(scoreOf(at)(x), ref(x))), nodes.weights),
  )(theta);
  return g;
}

/** ∇_θ E_{x ~ p_θ} d(y(x)) with both scores frozen: what the theorem leaves out. */
function samplingGradient(device: Device, { distance }: ScoreDivergence, nodes: Grid): Tensor {
  const { theta, psi, ref, diffuse } = setting(device, nodes);
  const [g = theta] = grad((at) => {
    const x_t = diffuse(at);
    return expectation(distance(sub(psi(x_t), ref(x_t))), nodes.weights);
  })(theta);
  return g;
}

interface Row {
  readonly divergence: Divergence;
  readonly units: Units;
  /** What makes the loss in these units the loss on scores. */
  readonly weight?: number;
  readonly fine?: boolean;
  readonly want: readonly number[];
}

const L2 = [1.03539, -2.58942, 2.49118];
const HUBER = [0.28481, -0.72375, 0.60494];
const KL = [0.04535, -0.89992, 0.33754];
const FULL = [0.53291, -2.23623, 1.62085];
const FULL_HUBER = [0.11606, -0.62375, 0.30309];
const LEFT_L2 = [1.03546, -2.58945, 2.49113];
const LEFT_HUBER = [0.28484, -0.72377, 0.60492];

const huber = pseudoHuber({ c: C });
const huberOfDenoisers = pseudoHuber({ c: C * SIGMA ** 2 });
const scores = { units: "scores" } as const;
const denoisers = { units: "x₀-predictions", weight: SIGMA ** -4 } as const;
const bounded = { units: "x₀-predictions", weight: SIGMA ** -2 } as const;

const ROW_L2: Row = { ...scores, divergence: l2(), want: L2 };
const ROW_HUBER: Row = { ...scores, divergence: huber, fine: true, want: HUBER };
const ROW_KL: Row = { ...scores, divergence: kl(), want: KL };
const ROW_CUT: Row = {
  ...denoisers,
  divergence: detached(l2()),
  want: [0.14172, -2.81226, 1.05481],
};

const GOLDEN: readonly Row[] = [
  ROW_L2,
  { ...denoisers, divergence: l2(), want: L2 },
  ROW_HUBER,
  { ...bounded, divergence: huberOfDenoisers, fine: true, want: HUBER },
  ROW_KL,
  { ...bounded, divergence: kl(), want: KL },
  { ...scores, divergence: sid({ alpha: 1 }), want: L2 },
  { ...denoisers, divergence: sid({ alpha: 0.5 }), want: FULL },
  { ...scores, divergence: fisher(), want: FULL },
  { ...scores, divergence: withMovingDensity(huber), fine: true, want: FULL_HUBER },
  ROW_CUT,
  {
    ...bounded,
    divergence: detached(huberOfDenoisers),
    fine: true,
    want: [0.00852, -0.83826, 0.18068],
  },
];
const NAMED = GOLDEN.map((row) => [row.divergence.name, row.units, row] as const);

const host = new ReferenceDevice();
const onHost = (f: (device: Device) => Tensor): number[] => {
  using _scope = host.scope();
  return [...f(host).reference.data];
};

/** Computed once: several laws speak of the same gradient. */
const known = new Map<Row, number[]>();
function hostGradient(row: Row): number[] {
  const found = known.get(row) ?? onHost((device) => lossGradient(device, row));
  known.set(row, found);
  return found;
}

function expectVector(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void {
  const worst = Math.max(...Array.from(want, (w, i) => Math.abs((got[i] ?? Number.NaN) - w)));
  expect(worst, `got ${Array.from(got)}, expected ${Array.from(want)}`).toBeLessThan(tolerance);
}

describe("the gradient theorem", () => {
  test.each(NAMED)("%s on %s: the loss has the golden gradient", (_name, _units, row) => {
    expectVector(hostGradient(row), row.want, 1e-4);
  });

  test("L2: both sides agree, and with the golden left side", () => {
    const left = onHost((device) => divergenceGradient(device, l2(), COARSE));
    expectVector(left, LEFT_L2, 1e-4);
    expectVector(hostGradient(ROW_L2), left, 5e-5);
  });

  test("pseudo-Huber: the golden left side", () => {
    expectVector(
      onHost((device) => divergenceGradient(device, huber, FINE)),
      LEFT_HUBER,
      1e-4,
    );
  });

  test("full gradient = the theorem's term + the sampling term, which the loss leaves out", () => {
    const full = (row: Row, divergence: ScoreDivergence): number[] => {
      const nodes = row.fine ? FINE : COARSE;
      const sampling = onHost((device) => samplingGradient(device, divergence, nodes));
      return hostGradient(row).map((g, i) => g + (sampling[i] ?? 0));
    };
    const fisher = full(ROW_L2, l2());
    expectVector(fisher, FULL, 1e-4);
    expectVector(full(ROW_HUBER, huber), FULL_HUBER, 1e-4);
    const half = { ...scores, divergence: sid({ alpha: 0.5 }), want: FULL };
    expectVector(hostGradient(half), fisher, 1e-10);
  });

  test("with detached inputs L2 is KL times 2/σ²: the negative control", () => {
    const want = hostGradient(ROW_KL).map((g) => (2 / SIGMA ** 2) * g);
    expectVector(hostGradient(ROW_CUT), want, 1e-10);
  });
});

describe("the gradient theorem by kernels", () => {
  const gpu = testDevice();
  const rows = NAMED.filter(([, units]) => units === "x₀-predictions");
  test.each(rows)("%s on %s: the loss has the golden gradient", async (_name, _units, row) => {
    using _scope = gpu().scope();
    expectVector(await lossGradient(gpu(), row).data(), row.want, 3e-4);
  });
});
