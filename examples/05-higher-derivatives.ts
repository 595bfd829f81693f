/**
 * Derivatives of derivatives, on Rosenbrock's valley, whose floor is at (1, 1):
 *
 *     f(x, y) = (1 − x)² + 100 (y − x²)²          Newton: p ← p − H⁻¹ ∇f
 *
 *     npx tsx examples/05-higher-derivatives.ts
 */
import * as h from "../src/node.js";

/** p [2] → one value */
function f(p: h.Tensor): h.Tensor {
  const [x = p, y = p] = h.chunk(p, 2, 0);
  const valley = h.square(h.sub(y, h.square(x)));
  return h.sum(h.add(h.square(h.sub(1, x)), h.mul(valley, 100)));
}
const gradient = (p: h.Tensor): h.Tensor => h.grad(f)(p)[0] ?? p;

// On the reference device ops run on the host in float64: Newton's method converges to the end.
const reference = new h.ReferenceDevice();
const vector = (...values: number[]): h.Tensor => h.tensor(reference, values);
const show = (x?: h.Tensor): string =>
  (x ? [...x.reference.data].map((v) => +v.toFixed(6)) : []).join(", ");
{
  using _scope = reference.scope();
  const [p, v] = [vector(-1.2, 1), vector(0.6, 0.8)];
  const { value, tangent } = h.jvp(f, [p], [v]);
  console.log(`f = ${show(value)}, slope along v = ${show(tangent)}`);
  console.log(`H v = ${show(h.hvp(f, [p], [v])[0])}, without H`);
  console.log(`H = ${show(h.jacobian(gradient, p)[0])}, the gradient's Jacobian`);
}
let [x, y] = [-1.2, 1];
for (let step = 1; step <= 7; step++) {
  using _scope = reference.scope();
  const p = vector(x, y);
  const [g_x = 0, g_y = 0] = gradient(p).reference.data;
  const [xx = 1, xy = 0, , yy = 1] = h.jacobian(gradient, p)[0]?.reference.data ?? [];
  const det = xx * yy - xy * xy;
  [x, y] = [x - (yy * g_x - xy * g_y) / det, y - (xx * g_y - xy * g_x) / det];
  console.log(`Newton step ${step}: f = ${f(vector(x, y)).reference.flat(0).toExponential(1)}`);
}

// A derivative of one's own: rounding has slope 0; "straight through" passes dy on instead.
const throughRound = h.customVjp({
  name: "throughRound",
  forward: (x = vector()) => h.round(x),
  backward: (dy) => [() => dy],
});
{
  using _scope = reference.scope();
  for (const [name, round] of Object.entries({ round: h.round, throughRound })) {
    const [dx] = h.grad((x) => h.sum(h.square(round(x))))(vector(0.2, 1.7));
    console.log(`d Σ ${name}(x)² = ${show(dx)}`);
  }
}

// Memory for time: a checkpointed layer keeps its input alone, and runs again on the way back.
const layer = (x: h.Tensor): h.Tensor => h.tanh(h.sin(h.tanh(h.sin(h.mul(x, 1.1)))));
const again = (x: h.Tensor): h.Tensor => h.checkpoint(layer, [x]);
const { device, close } = await h.openNodeDevice();
{
  using _scope = device.scope();
  const x = h.randomNormal(device, h.Key.from(1), [256, 256]);
  const sums: number[] = [];
  for (const [name, apply] of Object.entries({ "all kept": layer, checkpointed: again })) {
    device.resetPeak();
    const before = device.stats.liveBytes;
    const [dx = x] = h.grad((x) => {
      let y = x;
      for (let i = 0; i < 8; i++) y = apply(y);
      return h.sum(y);
    })(x);
    const peak = (device.stats.peakBytes - before) / 2 ** 20;
    sums.push(await h.sum(h.abs(dx)).item());
    console.log(`8 layers, ${name}: ${peak.toFixed(2)} MiB`);
  }
  console.log(`the same gradient: ${sums[0] === sums[1]}`);
}
close();
