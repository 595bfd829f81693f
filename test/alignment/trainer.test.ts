/**
 * Laws of the trainers, on micro networks:
 *
 *     who moves          assistant's step: ψ alone.  Generator's step: θ alone.
 *     resume             N steps = k steps, saved, restored elsewhere, N − k steps: the same bits
 *     memory             buffers alive do not grow with the steps
 *     divergence-blind   shared code names no divergence
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type AlignmentOptions, AlignmentTrainer } from "../../src/alignment/trainer.js";
import type { GpuDevice } from "../../src/device/device.js";
import { logUniform, timeDistribution } from "../../src/diffusion/time-distributions.js";
import {
  cleanKl,
  type Divergence,
  divergences,
  kl,
  pseudoHuber,
  weightingNamed,
} from "../../src/divergences/index.js";
import type { Parameter } from "../../src/nn/index.js";
import type { SavedTensors, Trainer } from "../../src/optim/index.js";
import {
  type CaptionedBatch,
  type TeacherOptions,
  TeacherTrainer,
} from "../../src/pipeline/teacher-trainer.js";
import type { TextToImage } from "../../src/pipeline/text-to-image.js";
import type { TensorData } from "../../src/tensor/dtype.js";
import { Key } from "../../src/tensor/key.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";
import { microModel, microScorer, prompts } from "./micro.js";

const gpu = testDevice();
const BATCH = 2;

const noise = { P_mean: -0.4, P_std: 1.2, sigma_min: 0.02, sigma_max: 20 };
const learner = { lr: (t: number) => 1e-3 / (1 + 0.1 * t), weightDecay: 0.01, ema: 0.9 };

/** `seed` decides the weights that training starts from; text encoder, reference, reward are fixed. */
function alignment(device: GpuDevice, seed: number, change: Partial<AlignmentOptions> = {}) {
  const [generator, assistant, reference] = [seed, seed + 1, 13].map((s) => microModel(device, s));
  if (!generator || !assistant || !reference) throw new Error("no models");
  const scorer = microScorer(device, 14);
  const trainer = new AlignmentTrainer({
    device,
    key: Key.from(3),
    batch: BATCH,
    prompts: (t) => prompts(BATCH, t),
    reference,
    generator,
    assistant,
    K_TA: 2,
    warmup: 1,
    assistantNoise: noise,
    generatorNoise: logUniform({ sigma_min: 0.05, sigma_max: 5 }),
    assistantLearner: learner,
    generatorLearner: { ...learner, lr: (t) => 5e-4 / (1 + t) },
    loss: {
      divergence: pseudoHuber({ c: 0.1 }),
      weighting: weightingNamed("x0"),
      guidance: "in",
      alpha_cfg: 0.5,
      alpha_rew: 0.3,
      reward: (pictures, tokens) => scorer.score(pictures, tokens),
    },
    ...change,
  });
  return { trainer, generator, assistant, reference, scorer };
}

function captioned(t: number): CaptionedBatch {
  return { ...prompts(BATCH, t), images: values(50 + t, BATCH * 3 * 64, -1, 1) };
}

type Mode = NonNullable<TeacherOptions["mode"]>;

function teacher(device: GpuDevice, seed: number, mode: Mode = "replay"): TeacherTrainer {
  const model = microModel(device, seed, seed);
  const common = { device, model, noise, learner, batch: BATCH, mode };
  return new TeacherTrainer({ ...common, key: Key.from(4), batches: captioned, dropout: 0.4 });
}

/** One step; the report as numbers. */
async function step(trainer: Trainer): Promise<Record<string, number>> {
  const report = Object.entries(trainer.advance());
  const numbers = await Promise.all(report.map(([, x]) => x.item()));
  for (const [, x] of report) x.dispose();
  return Object.fromEntries(report.map(([name], i) => [name, numbers[i] ?? Number.NaN]));
}

async function steps(trainer: Trainer, count: number): Promise<Record<string, number>[]> {
  const reports = [];
  for (let i = 0; i < count; i++) reports.push(await step(trainer));
  return reports;
}

async function snapshot(tensors: ReadonlyMap<string, Tensor>) {
  const saved = new Map<string, { values: TensorData }>();
  for (const [name, x] of tensors) saved.set(name, { values: await x.data() });
  return saved;
}

const weightsOf = (parameters: ReadonlyMap<string, Parameter>): Promise<SavedTensors> =>
  snapshot(new Map([...parameters].map(([name, { value }]) => [name, value])));

/** Names of the tensors that are not the same, bit for bit. */
function differing(a: SavedTensors, b: SavedTensors): string[] {
  expect([...a.keys()]).toEqual([...b.keys()]);
  return [...a.keys()].filter((name) => {
    const [x, y] = [a.get(name)?.values ?? [], b.get(name)?.values ?? []];
    return x.length !== y.length || x.some((v, i) => !Object.is(v, y[i]));
  });
}

describe("who moves", () => {
  async function movement(change: Partial<AlignmentOptions>) {
    const { trainer, scorer, ...models } = alignment(gpu(), 11, change);
    const all: Record<string, ReadonlyMap<string, Parameter>> = { scorer: scorer.parameters() };
    for (const [name, model] of Object.entries<TextToImage>(models)) {
      all[`${name} unet`] = model.unet.parameters();
      all[`${name} text`] = model.text_encoder.parameters();
    }
    const before = new Map<string, SavedTensors>();
    for (const [name, parameters] of Object.entries(all))
      before.set(name, await weightsOf(parameters));
    await step(trainer);
    const moved: Record<string, number> = {};
    for (const [name, parameters] of Object.entries(all)) {
      const count = differing(before.get(name) ?? new Map(), await weightsOf(parameters)).length;
      if (count > 0) moved[name] = count / parameters.size;
    }
    trainer.dispose();
    return moved;
  }

  test("the generator's step moves the generator's UNet, and nothing else", async () => {
    using _scope = gpu().scope();
    const moved = await movement({ K_TA: 0, warmup: 0 });
    expect(Object.keys(moved)).toEqual(["generator unet"]);
    expect(moved["generator unet"]).toBeGreaterThan(0.95);
  });

  test("the assistant's step moves the assistant's UNet, and nothing else", async () => {
    using _scope = gpu().scope();
    const frozen = { ...learner, weightDecay: 0, lr: () => 0 };
    const moved = await movement({ generatorLearner: frozen });
    expect(Object.keys(moved)).toEqual(["assistant unet"]);
    expect(moved["assistant unet"]).toBeGreaterThan(0.95);
  });
});

async function expectResume(make: (seed: number) => Trainer, N: number, k: number): Promise<void> {
  const whole = make(11);
  const whole_reports = await steps(whole, N);
  const want = await snapshot(whole.state());
  whole.dispose();

  const first = make(11);
  const reports = await steps(first, k);
  const saved = await snapshot(first.state());
  first.dispose();

  const second = make(31);
  second.restore(saved, k);
  expect(second.steps).toBe(k);
  expect(differing(saved, await snapshot(second.state())), "restored").toEqual([]);
  reports.push(...(await steps(second, N - k)));
  expect(second.steps).toBe(N);
  expect(reports).toEqual(whole_reports);
  expect(differing(want, await snapshot(second.state())), "after the last step").toEqual([]);
  expect(differing(want, saved).length).toBeGreaterThan(0);
  second.dispose();
}

describe("a resumed run is the same run, bit for bit", () => {
  test("alignment, with warm-up and K_TA = 2", async () => {
    using _scope = gpu().scope();
    await expectResume((seed) => alignment(gpu(), seed).trainer, 3, 1);
  });

  test("alignment, restored before its first step", async () => {
    using _scope = gpu().scope();
    await expectResume((seed) => alignment(gpu(), seed).trainer, 1, 0);
  });

  test("teacher, text encoder included", async () => {
    using _scope = gpu().scope();
    await expectResume((seed) => teacher(gpu(), seed), 4, 2);
  });

  test("a state of another network is refused", async () => {
    using _scope = gpu().scope();
    const trainer = teacher(gpu(), 11);
    expect(() => trainer.restore(new Map(), 1)).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: The saved run does not fit this configuration: teacher.params.text_encoder.token_embedding.weight is missing or has another size. Use the config that was written beside it, or start a new run.]`,
    );
    trainer.dispose();
  });
});

describe("captured steps are the eager ones, bit for bit", () => {
  type Mode = NonNullable<TeacherOptions["mode"]>;

  async function expectSame(make: (mode: Mode) => Trainer, count: number): Promise<void> {
    using _scope = gpu().scope();
    const [eager, replayed] = [make("eager"), make("replay")];
    expect(await steps(replayed, count)).toEqual(await steps(eager, count));
    const [got, want] = [await snapshot(replayed.state()), await snapshot(eager.state())];
    expect(differing(got, want)).toEqual([]);
    for (const trainer of [eager, replayed]) trainer.dispose();
  }

  test("teacher", () => expectSame((mode) => teacher(gpu(), 11, mode), 4));

  test("the assistant's steps alone", () => {
    const frozen = { ...learner, weightDecay: 0, lr: () => 0 };
    const change = { K_TA: 3, warmup: 2, generatorLearner: frozen };
    return expectSame((mode) => alignment(gpu(), 11, { ...change, mode }).trainer, 2);
  });

  test("alignment: each step has captions, levels and noise of its own", () =>
    expectSame((mode) => alignment(gpu(), 11, { mode }).trainer, 2));
});

describe("what a divergence and its objective ask for", () => {
  test("every other option: captured steps are the eager ones", async () => {
    using _scope = gpu().scope();
    const scorer = microScorer(gpu(), 14);
    const run = async (mode: Mode): Promise<Record<string, number>[]> => {
      const { trainer } = alignment(gpu(), 11, {
        mode,
        generatorNoise: timeDistribution("sid", { sigma_min: 0.05, sigma_max: 5 }),
        loss: {
          divergence: kl(),
          weighting: weightingNamed("sid"),
          guidance: "out",
          alpha_cfg: 0.5,
          alpha_rew: 0.3,
          tilt: true,
          reward: (pictures, tokens) => scorer.score(pictures, tokens),
        },
      });
      const reports = await steps(trainer, 2);
      trainer.dispose();
      return reports;
    };
    expect(await run("replay")).toEqual(await run("eager"));
  });

  test("a divergence of the smallest level is trained there, whatever the distribution", async () => {
    using _scope = gpu().scope();
    const range = { sigma_min: 0.3, sigma_max: 5 };
    const run = async (divergence: Divergence, name: string): Promise<unknown> => {
      const loss = { divergence, weighting: weightingNamed("x0"), guidance: "in" } as const;
      const { trainer } = alignment(gpu(), 11, {
        mode: "eager",
        generatorNoise: timeDistribution(name, range),
        loss: { ...loss, alpha_cfg: 0, alpha_rew: 0 },
      });
      const report = await step(trainer);
      trainer.dispose();
      return report;
    };
    const clean = await run(cleanKl(), "log-uniform");
    expect(clean).toEqual(await run(kl(), "smallest"));
    expect(clean).not.toEqual(await run(kl(), "log-uniform"));
  });
});

describe("memory", () => {
  test.each([
    ["alignment", (device: GpuDevice): Trainer => alignment(device, 11).trainer],
    ["teacher", (device: GpuDevice): Trainer => teacher(device, 11)],
  ] as const)("%s: buffers alive do not grow with the steps", async (_, make) => {
    using _scope = gpu().scope();
    const trainer = make(gpu());
    await step(trainer);
    // A captured step takes its memory at the first run.
    const { liveBuffers, liveBytes } = gpu().stats;
    for (let i = 1; i < 4; i++) {
      const report = await step(trainer);
      expect(Object.values(report).every(Number.isFinite), JSON.stringify(report)).toBe(true);
      expect(gpu().stats, `after step ${i + 1}`).toMatchObject({ liveBuffers, liveBytes });
    }
    trainer.dispose();
  });
});

describe("what the alignment draws", () => {
  test("every draw of prompts has a number of its own, whatever the step", async () => {
    using _scope = gpu().scope();
    const drawn: number[] = [];
    const count = (t: number) => {
      drawn.push(t);
      return prompts(BATCH, t);
    };
    const { trainer } = alignment(gpu(), 11, { prompts: count });
    await steps(trainer, 3);
    trainer.dispose();
    expect(drawn).toHaveLength(3 * 3 + 1);
    expect(new Set(drawn).size).toBe(drawn.length);
  });
});

test("shared trainer code names no divergence", () => {
  const folder = new URL("../../src/alignment/", import.meta.url);
  const names = Object.keys(divergences).flatMap((name) => [
    name,
    name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  ]);
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  expect(files).toContain("trainer.ts");
  for (const file of files) {
    const code = readFileSync(new URL(file, folder), "utf8").replace(
      /\/\*[\s\S]*?\*\/|\/\/.*/g,
      "",
    );
    for (const name of names) {
      expect(new RegExp(`\\b${name}\\b`, "i").test(code), `${file} names ${name}`).toBe(false);
    }
    expect(code, file).not.toMatch(/divergence\.name/);
  }
});
