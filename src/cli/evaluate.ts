/** `hitofude evaluate`: the results table of teacher, one-step and aligned model. */
import { join } from "node:path";
import { type Atlas, makeBatch, SCENE_LENGTH } from "../data/index.js";
import type { GpuDevice } from "../device/device.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import {
  colourStatistics,
  type EvaluationPlan,
  type EvaluationRow,
  evaluateSet,
  evaluationScenes,
  predictionsOf,
  renderResults,
  rewardsOf,
  type SplitResult,
} from "../evaluation/index.js";
import { loadAtlases } from "../io/node-atlas.js";
import { writeFile } from "../io/node-files.js";
import { pictureGrid, toPixels } from "../io/picture.js";
import { encodePng } from "../io/png.js";
import { modelPath, openModel } from "./model-files.js";
import { draw } from "./preview.js";
import { startProgress } from "./progress.js";
import { openReportScorer, openReward } from "./scorer-files.js";
import { type CommonOptions, printJson, withDevice } from "./session.js";

export interface EvaluateOptions extends CommonOptions {
  readonly out: string;
  readonly prompts: number;
  readonly samples: number;
  readonly seed: number;
  readonly teacherSteps: number;
  readonly guidance: number;
  /** Which models: stages of the repository, or paths. */
  readonly models: readonly string[];
}

const STAGES = new Set(["teacher", "one-step", "aligned"]);
const BATCH = 32;
const REFERENCE_PICTURES = 1000;
const GRID_PICTURES = 48;

export async function evaluate(options: EvaluateOptions): Promise<void> {
  const atlas = await loadAtlases();
  const { prompts, samples, seed } = options;
  const plans = {
    seen: evaluationScenes("seen", prompts, samples, seed),
    heldOut: evaluationScenes("held-out", prompts, samples, seed + 1),
  };
  await withDevice(options, async ({ device }) => {
    const rows: EvaluationRow[] = [];
    for (const name of options.models) {
      const path = modelPath(STAGES.has(name) ? undefined : name, name);
      const { model, stage } = openModel(device, path);
      const steps = stage === "teacher" ? options.teacherSteps : 1;
      const judge = { device, atlas, model, name, steps, options };
      const seen = await judgeSet(judge, plans.seen);
      const heldOut = await judgeSet(judge, plans.heldOut);
      const evaluations = steps === 1 ? 1 : 2 * (2 * steps - 1);
      const secondsPerPicture = (seen.seconds + heldOut.seconds) / (2 * prompts * samples);
      rows.push({ model: name, evaluations, secondsPerPicture, seen: seen.result, heldOut: heldOut.result });
      model.unet.dispose();
      model.text_encoder.dispose();
    }
    const table = renderResults(rows);
    writeFile(join(options.out, "results.md"), table);
    const config = { prompts, samples, seed, adapter: device.name, guidance: options.guidance };
    writeFile(join(options.out, "results.json"), `${JSON.stringify({ config, rows }, null, 2)}\n`);
    if (options.json) printJson({ config, rows });
    else process.stdout.write(`${table}\nwritten to ${join(options.out, "results.md")}\n`);
  });
}

interface Judge {
  readonly device: GpuDevice;
  readonly atlas: Atlas;
  readonly model: TextToImage;
  readonly name: string;
  readonly steps: number;
  readonly options: EvaluateOptions;
}

async function judgeSet(
  judge: Judge,
  plan: EvaluationPlan,
): Promise<{ result: SplitResult; seconds: number }> {
  const { device, atlas, name, options } = judge;
  const { images, seconds } = await sampleSet(judge, plan);
  const pictures = plan.captions.slice(0, GRID_PICTURES).map((_, i) => toPixels(images, i, 32));
  const grid = pictureGrid(pictures, { columns: 8, labels: plan.captions.slice(0, GRID_PICTURES) });
  const file = `${name.replaceAll(/[^a-z0-9-]+/gi, "_")}-${plan.split}.png`;
  writeFile(join(options.out, file), encodePng(grid));
  const reward = openReward(device);
  const reporter = openReportScorer(device);
  const rewards = await rewardsOf(device, reward, images, plan.tokens);
  const predictions = await predictionsOf(device, reporter, images);
  reward.dispose();
  reporter.dispose();
  const reference = colourStatistics(makeBatch(options.seed, REFERENCE_PICTURES, atlas).images);
  const result = evaluateSet({ plan, images, predictions, rewards }, { atlas, reference });
  return { result, seconds };
}

async function sampleSet(
  { device, model, name, steps, options }: Judge,
  plan: EvaluationPlan,
): Promise<{ images: Float32Array; seconds: number }> {
  const images = new Float32Array(plan.captions.length * SCENE_LENGTH);
  const total = Math.ceil(plan.captions.length / BATCH);
  const label = `${name}, ${plan.split}`;
  const progress = startProgress({ label, total, start: 0, batch: BATCH, quiet: options.quiet ?? options.json ?? false });
  // One batch unmeasured: the first compiles the kernels.
  const settings = { steps, alpha_cfg: options.guidance };
  await draw(device, model, plan.captions.slice(0, BATCH), { seed: 0, ...settings, steps: Math.min(2, steps) });
  const began = performance.now();
  for (let i = 0; i < total; i++) {
    const captions = plan.captions.slice(i * BATCH, (i + 1) * BATCH);
    const { values } = await draw(device, model, captions, { seed: options.seed * 1000 + i, ...settings });
    images.set(values, i * BATCH * SCENE_LENGTH);
    progress.update(i + 1, {});
  }
  progress.stop();
  return { images, seconds: (performance.now() - began) / 1000 };
}
