import { beforeAll, describe, expect, test } from "vitest";
import type { Atlas } from "../../src/data/index.js";
import type { Device } from "../../src/device/types.js";
import { loadAtlases } from "../../src/io/node-atlas.js";
import { reportConfig, rewardConfig } from "../../src/models/reward/index.js";
import type { SavedTensors, Trainer } from "../../src/optim/index.js";
import { infoNce, ReportScorerTrainer, RewardTrainer } from "../../src/preference/index.js";
import { accuracy } from "../../src/preference/learn-step.js";
import type { CaptureOptions } from "../../src/tensor/capture.js";
import { tensor } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import { testDevice } from "../device.js";

let atlas: Atlas;
beforeAll(async () => {
  atlas = await loadAtlases();
});

const SMALL = { channels: [4, 8, 8] as const, norm_num_groups: 4 };
const training = { batch: 8, steps: 100, lr: 1e-2, warmup: 1 };
const { text, ...reward } = rewardConfig(100, 12);
const rewardModel = {
  ...reward,
  ...SMALL,
  text: { ...text, hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1 },
};
const reportModel = {
  ...reportConfig({ subjects: 24, backgrounds: 10, styles: 3 }),
  ...SMALL,
  hidden_size: 16,
};

type Mode = CaptureOptions["mode"];
const common = (device: Device, mode: Mode = "replay") => ({
  device,
  atlas,
  key: Key.from(3),
  training,
  mode,
});
const TRAINERS = {
  reward: (device: Device, mode?: Mode) =>
    new RewardTrainer({ ...common(device, mode), model: rewardModel }),
  report: (device: Device, mode?: Mode) =>
    new ReportScorerTrainer({ ...common(device, mode), model: reportModel }),
};

async function reportsOf(trainer: Trainer, steps: number): Promise<Record<string, number>[]> {
  const reports: Record<string, number>[] = [];
  for (let i = 0; i < steps; i++) {
    const numbers: Record<string, number> = {};
    for (const [name, x] of Object.entries(trainer.advance())) {
      numbers[name] = await x.item();
      x.dispose();
    }
    reports.push(numbers);
  }
  return reports;
}

async function stepFor(trainer: Trainer, steps: number): Promise<number[]> {
  return (await reportsOf(trainer, steps)).map(({ loss }) => loss ?? Number.NaN);
}

async function saved(trainer: Trainer): Promise<SavedTensors> {
  const out = new Map<string, { values: Float32Array }>();
  for (const [name, x] of trainer.state()) {
    out.set(name, { values: Float32Array.from(await x.data()) });
  }
  return out;
}

describe.each(Object.entries(TRAINERS))("the %s trainer", (_, make) => {
  const device = testDevice();

  test("learns a batch that it sees again and again", async () => {
    const trainer = make(device());
    const losses: number[] = [];
    for (let i = 0; i < 12; i++) {
      trainer.steps = 0;
      losses.push(...(await stepFor(trainer, 1)));
    }
    trainer.dispose();
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
  });

  test("resumed, it goes on bit for bit", async () => {
    const straight = make(device());
    await stepFor(straight, 2);
    const first = make(device());
    await stepFor(first, 1);
    const state = await saved(first);
    first.dispose();
    const second = make(device());
    second.restore(state, 1);
    await stepFor(second, 1);
    expect(await saved(second)).toEqual(await saved(straight));
    second.dispose();
    straight.dispose();
  });

  test("captured, it is the eager one, bit for bit: each step has a batch of its own", async () => {
    const [eager, replayed] = [make(device(), "eager"), make(device())];
    const reports = await reportsOf(eager, 3);
    expect(new Set(reports.map(({ loss }) => loss)).size).toBe(3);
    expect(await reportsOf(replayed, 3)).toEqual(reports);
    expect(await saved(replayed)).toEqual(await saved(eager));
    eager.dispose();
    replayed.dispose();
  });

  test("buffers alive do not grow with the steps", async () => {
    const trainer = make(device());
    await stepFor(trainer, 1);
    const { liveBuffers, liveBytes } = device().stats;
    await stepFor(trainer, 2);
    expect(device().stats).toMatchObject({ liveBuffers, liveBytes });
    trainer.dispose();
  });
});

describe("InfoNCE", () => {
  const device = testDevice();

  test("logits that say nothing cost log N; what the mask leaves out is no rival", async () => {
    using _scope = device().scope();
    const zeros = tensor(device(), new Float32Array(9), [3, 3]);
    const loss = async (...mask: number[]) =>
      infoNce(zeros, tensor(device(), mask, [3, 3])).loss.item();
    expect(await loss(0, 0, 0, 0, 0, 0, 0, 0, 0)).toBeCloseTo(Math.log(3), 5);
    // Picture 0 and caption 1 leave each other out: log 2 for both, log 3 for the other four.
    const expected = (2 * Math.log(2) + 4 * Math.log(3)) / 6;
    expect(await loss(0, -1e9, 0, 0, 0, 0, 0, 0, 0)).toBeCloseTo(expected, 5);
  });

  test("accuracy counts the rows whose largest logit is the right one", async () => {
    using _scope = device().scope();
    const logits = tensor(device(), [1, 0, 0, 5, 4, 3, -1, -2, -0.5], [3, 3]);
    const share = (...targets: number[]) =>
      accuracy(logits, tensor(device(), Uint32Array.from(targets))).item();
    expect(await share(0, 1, 2)).toBeCloseTo(2 / 3, 6);
    expect(await share(0, 0, 2)).toBe(1);
  });
});
