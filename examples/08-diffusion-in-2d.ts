/**
 * A diffusion model of points in the plane, trained from nothing: eight clusters on a ring.
 *
 *     x_σ = x₀ + σ ε          L = E λ(σ) ‖D(x_σ; σ) − x₀‖²          dx/dσ = (x − D(x; σ)) / σ
 *
 * Draws what few and many evaluations of D make of the same noise. One gives the mean of what is
 * possible; to do better is what distillation teaches. Source: Karras et al. (2022).
 *
 *     npx tsx examples/08-diffusion-in-2d.ts [points.svg] [training steps]
 */
import * as h from "../src/node.js";

const [file = "points.svg", steps = "600"] = process.argv.slice(2);
const [N, SPREAD, TURN] = [128, 0.08, Math.PI / 4];
const sigma_data = Math.sqrt(0.5 + SPREAD ** 2);
const range = { sigma_min: 0.03, sigma_max: 6 };

const { device, close } = await h.openNodeDevice();
const params = h.initParams(device, h.Key.from(1));
const layers = [7, 48, 48, 48].map(
  (size, i) => new h.Linear(params.at(i), { in: size, out: i < 3 ? 48 : 2 }),
);
const parameters = h.joinParameters(Object.fromEntries(layers.entries()));

// EDM's preconditioning: the network sees unit variance, and predicts what is unknown at this σ.
const denoiser: h.Denoiser<h.Sigmas> = (x, sigma) => {
  const s = "sigma_data" in sigma ? sigma : h.levelValues(sigma, sigma_data);
  const u = h.mul(x, h.perSample(x, s.c_in));
  const c_noise = h.mul(h.perSample(x, s.time), 1 / h.TIME_SCALE);
  const first = h.concat([u, h.sin(h.mul(u, 4)), h.cos(h.mul(u, 4)), c_noise], 1);
  const F = layers.reduce((y, layer, i) => layer.forward(i === 0 ? y : h.silu(y)), first);
  return h.add(h.mul(x, h.perSample(x, s.c_skip)), h.mul(F, h.perSample(x, s.c_out)));
};
const none = h.zeros(device, [0]);
const condition = { hidden: none, mask: none, pooled: none }; // No captions here.

const lr = h.warmupCosine(0.015, { warmup: 20, steps: Number(steps) });
const learner = new h.Learner(parameters, { lr });
type Input = "key" | keyof h.Levels<unknown>;
const step = h.capture(device, ({ key, ...levels }: h.StepTensors<Input>) => {
  const theta = h.mul(h.floor(h.mul(h.randomUniform(device, key, [N, 1]), 8)), TURN);
  const [e = theta, noise = theta] = h.chunk(h.randomNormal(device, key, [N, 4]), 2, 1);
  const x0 = h.add(h.concat([h.cos(theta), h.sin(theta)], 1), h.mul(e, SPREAD));
  const batch = { x0, noise, condition, sigma: { ...levels, sigma_data } };
  const loss = () => h.denoisingLoss(denoiser, batch, sigma_data);
  const { value, grads } = h.valueAndGradOf(parameters, loss);
  learner.apply(grads);
  return value;
});
for (let t = 1; t <= Number(steps); t++) {
  const key = h.Key.from(2).fold(t);
  const sigma = h.logNormalSigmas(key, N, { P_mean: -0.8, P_std: 1.2, ...range });
  learner.advance();
  const loss = step.run({ key: Uint32Array.from(key.words), ...h.levelValues(sigma, sigma_data) });
  if (t % 200 === 0) console.log(`step ${t}: loss ${(await loss.item()).toFixed(3)}`);
}

let svg = '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="205" fill="#1d5fa8">\n';
for (const [panel, n] of [1, 4, 8, 16].entries()) {
  using _scope = device.scope();
  svg += `<svg x="${200 * panel}" width="198">\n`;
  const noise = h.randomNormal(device, h.Key.from(3), [N, 2]);
  const options = { sigmas: h.karrasSigmas(n, range), condition };
  const data = await h.sampleHeun(denoiser, noise, options).data();
  const distances = Array.from({ length: N }, (_, i) => {
    const [x = 0, y = 0] = data.subarray(2 * i);
    svg += `<circle cx="${100 + 58 * x}" cy="${90 - 58 * y}" r="1.8"/>\n`;
    const theta = TURN * Math.round(Math.atan2(y, x) / TURN);
    return Math.hypot(x - Math.cos(theta), y - Math.sin(theta));
  });
  const title = `${2 * n - 1} evaluation${n > 1 ? "s" : ""}`;
  svg += `<text x="100" y="195" text-anchor="middle">${title}</text>\n</svg>\n`;
  const mean = distances.reduce((a, b) => a + b) / N;
  console.log(`${title}: ${mean.toFixed(3)} from the nearest cluster`);
}
h.writeFile(file, `${svg}</svg>\n`);
for (const x of [step, learner, ...layers, none]) x.dispose();
close();
