/**
 * A divergence of your own: give the distance, and its gradient, its loss and its laws follow.
 *
 *     power distance    d(y) = (‖y‖² + c²)^(p/2) − cᵖ            p = 1: pseudo-Huber
 *                                                               p = 2: L2
 *
 *     npx tsx examples/09-a-new-divergence.ts
 */
import {
  add,
  type Divergence,
  grad,
  l2,
  mul,
  NdArray,
  pow,
  pseudoHuber,
  ReferenceDevice,
  scoreDivergence,
  sub,
  sum,
  sumSquares,
  tensor,
} from "../src/node.js";

/** c > 0; the pull of a sample grows as ‖y‖^(p − 1). */
const power = ({ c, p }: { readonly c: number; readonly p: number }) =>
  scoreDivergence({
    name: "power",
    degree: p,
    distance: (y) => sub(pow(add(sumSquares(y), c * c), p / 2), c ** p),
  });

/** The gradient of the generator's loss at some x₀ [2, 3], between two Gaussians' exact scores. */
function gradientOf(divergence: Divergence): Float64Array {
  const device = new ReferenceDevice();
  using _scope = device.scope();
  const sigma = 0.8;
  const noise = tensor(device, [0.3, -1.1, 0.5, 0.9, 0.2, -0.4], [2, 3]);
  const score = (mean: number, variance: number) => (x: typeof noise) =>
    mul(sub(mean, x), 1 / (variance + sigma ** 2));
  const loss = (x0: typeof noise) => {
    const x_t = add(x0, mul(noise, sigma));
    const target = mul(noise, -1 / sigma); // ∇ log p(x_t | x₀) = (x₀ − x_t) / σ²
    const fields = { psi: score(0.5, 1), ref: score(-0.2, 2), target, x_t };
    return sum(divergence.generatorLoss(fields).loss);
  };
  const x0 = NdArray.build([2, 3], (_, i) => Math.cos(1 + 2 * i));
  const [g] = grad(loss)(tensor(device, x0.data, x0.shape));
  return g?.reference.data.slice() ?? new Float64Array();
}

const apart = (a: Divergence, b: Divergence): string => {
  const [x, y] = [gradientOf(a), gradientOf(b)];
  return Math.max(...x.map((v, i) => Math.abs(v - (y[i] ?? Number.NaN)))).toExponential(1);
};

const c = 0.3;
console.log(`p = 1 against pseudo-Huber: ${apart(power({ c, p: 1 }), pseudoHuber({ c }))}`);
console.log(`p = 2 against L2:           ${apart(power({ c, p: 2 }), l2())}`);
console.log(`p = 1.5 against L2:         ${apart(power({ c, p: 1.5 }), l2())}`);
