/** What the laws measure: losses and gradients of a divergence in a setting, and the exact ones. */
import { grad, stopGradient, valueAndGrad } from "../../src/autograd/grad.js";
import type { Device } from "../../src/device/types.js";
import type { Divergence, Field, Units } from "../../src/divergences/index.js";
import { add, mul, sub } from "../../src/ops/binary.js";
import { exp } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectation } from "./exact.js";
import { type Draw, type Exactly, inUnits, type Setting } from "./settings.js";

export interface Case {
  readonly setting: Setting;
  readonly units: Units;
  /** Default: the setting's own. */
  readonly sigma?: number;
  /** Default: the setting's nodes, whose sum is the expectation. */
  readonly draw?: Draw;
  /** The reference's score; default: the setting's. */
  readonly same?: boolean;
}

function prepare(device: Device, { setting, draw = setting.nodes, sigma = setting.sigma }: Case) {
  const shape = [draw.weights.length, setting.dim];
  const scaled = (k: number): Tensor =>
    tensor(
      device,
      draw.noise.map((e) => k * e),
      shape,
    );
  const known = setting.at(device, draw, sigma);
  const diffuse = (theta: Tensor): Tensor => add(known.generate(theta), scaled(sigma));
  return { known, diffuse, sigma, draw, score: scaled(-1 / sigma) };
}

/** r = p_ref / p_θ */
const ratioOf = ({ logRef, logDensity, theta }: Exactly, x: Tensor): Tensor =>
  exp(sub(logRef(x), logDensity(theta)(x)));

export interface Outcome {
  /** [N] */
  readonly losses: Tensor;
  /** ∇_θ of the weighted sum. */
  readonly gradient: Tensor;
}

/** The divergence's loss as the trainer would use it: psi frozen, x_t and x₀ live. */
export function surrogate(device: Device, divergence: Divergence, given: Case): Outcome {
  const { known, diffuse, sigma, draw, score } = prepare(device, given);
  const { theta } = known;
  const psi = inUnits(given.units, known.score(theta), sigma);
  const ref = given.same ? psi : inUnits(given.units, known.ref, sigma);
  const one = (x: Tensor): Tensor => ratioOf({ ...known, logRef: known.logDensity(theta) }, x);
  const densityRatio = given.same ? one : (x: Tensor): Tensor => ratioOf(known, x);
  const { grads, aux } = valueAndGrad((at: Tensor) => {
    const target = given.units === "scores" ? score : known.generate(at);
    const x_t = diffuse(at);
    const { loss } = divergence.generatorLoss({ psi, ref, target, x_t, densityRatio });
    return { loss: expectation(loss, draw.weights), aux: { losses: stopGradient(loss) } };
  })(theta);
  const [gradient = theta] = grads;
  if (!aux) throw new Error("no losses");
  return { losses: aux.losses, gradient };
}

/** ∇_θ of what the divergence says it is, by differentiating that itself. */
export function exactGradient(
  device: Device,
  { exact, degree }: Divergence,
  given: Case,
): Tensor | undefined {
  if (!exact) return undefined;
  const { known, diffuse, sigma, draw } = prepare(device, given);
  const { theta } = known;
  if (exact.of === "ratio") {
    const [g = theta] = grad((at) => {
      const r = ratioOf({ ...known, theta: at }, diffuse(at));
      return expectation(exact.f(r), draw.weights);
    })(theta);
    return given.units === "scores" ? g : mul(g, sigma ** (2 * degree));
  }
  const field = (at: Tensor): Field => inUnits(given.units, known.score(at), sigma);
  const ref = inUnits(given.units, known.ref, sigma);
  const mean = (of: Field, x: Tensor): Tensor =>
    expectation(exact.distance(sub(of(x), ref(x))), draw.weights);
  const fixed = diffuse(theta);
  const [scores = theta] = grad((at) => mean(field(at), fixed))(theta);
  if (exact.moving === 0) return scores;
  const [sampling = theta] = grad((at) => mean(field(theta), diffuse(at)))(theta);
  return add(scores, mul(sampling, exact.moving));
}
