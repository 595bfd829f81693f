/** `hitofude evaluate`: the results table of teacher, one-step and aligned model. */
import { join } from "node:path";
import { type Atlas, makeBatch, SCENE_LENGTH, SCENE_SIZE } from "../data/index.js";
import type { GpuDevice } from "../device/device.js";
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
import type { ReportScorer, TextImageScorer } from "../models/reward/index.js";
import { makeFolder } from "./folder.js";
import { type LoadedModel, modelPath, openModel } from "./model-files.js";
import { draw } from "./preview.js";
import { startProgress } from "./progress.js";
import { openReportScorer, openReward } from "./scorer-files.js";
import { type CommonOptions, printJson, withDevice } from "./session.js";

/** What decides the table. */
export interface EvaluateConfig {
  /** Names of models in the repository, or files. */
  readonly models: readonly string[];
  readonly reward: string;
  readonly reportScorer: string;
  readonly prompts: number;
  readonly samples: number;
  readonly seed: number;
  readonly teacherSteps: number;
  readonly guidance: number;
}

export interface EvaluateOptions extends CommonOptions {
  readonly out: string;
}

const BATCH = 32;
const REFERENCE_PICTURES = 1000;
const GRID_PICTURES = 48;

/** What every model is judged with. */
interface Judge {
  readonly device: GpuDevice;
  readonly atlas: Atlas;
  readonly reward: TextImageScorer;
  readonly reporter: ReportScorer;
  readonly reference: ReturnType<typeof colourStatistics>;
  readonly config: EvaluateConfig;
  readonly options: EvaluateOptions;
}

export async function evaluate(config: EvaluateConfig, options: EvaluateOptions): Promise<void> {
  const { prompts, samples, seed } = config;
  const plans = {
    seen: evaluationScenes("seen", prompts, samples, seed),
    heldOut: evaluationScenes("held-out", prompts, samples, seed + 1),
  };
  makeFolder(options.out);
  [...config.models, config.reward, config.reportScorer].forEach(modelPath);
  const atlas = await loadAtlases();
  await withDevice(options, async ({ device }) => {
    const judge = {
      device,
      atlas,
      reward: openReward(device, config.reward),
      reporter: openReportScorer(device, config.reportScorer),
      reference: colourStatistics(makeBatch(seed, REFERENCE_PICTURES, atlas).images),
      config,
      options,
    };
    const rows: EvaluationRow[] = [];
    for (const name of config.models) rows.push(await judgeModel(judge, name, plans));
    writeResults(rows, device.name, config, options);
  });
}

function writeResults(
  rows: readonly EvaluationRow[],
  adapter: string,
  config: EvaluateConfig,
  { out, json }: EvaluateOptions,
): void {
  const table = renderResults(rows);
  const write = (name: string, value: unknown): void => {
    writeFile(join(out, name), `${JSON.stringify(value, null, 2)}\n`);
  };
  writeFile(join(out, "results.md"), table);
  write("results.json", { adapter, config, rows });
  write("config.json", { command: "evaluate", ...config });
  if (json) printJson({ adapter, config, rows });
  else process.stdout.write(`${table}\nwritten to ${join(out, "results.md")}\n`);
}

/** A model under judgement. */
interface Candidate extends LoadedModel {
  readonly name: string;
  readonly steps: number;
}

type Plans = Readonly<Record<"seen" | "heldOut", EvaluationPlan>>;

async function judgeModel(judge: Judge, name: string, plans: Plans): Promise<EvaluationRow> {
  const { device, config } = judge;
  const loaded = openModel(device, name);
  const steps = loaded.stage === "teacher" ? config.teacherSteps : 1;
  const candidate = { ...loaded, name, steps };
  const seen = await judgeSet(judge, candidate, plans.seen);
  const heldOut = await judgeSet(judge, candidate, plans.heldOut);
  loaded.model.unet.dispose();
  loaded.model.text_encoder.dispose();
  return {
    model: name,
    evaluations: steps === 1 ? 1 : 2 * (2 * steps - 1),
    secondsPerPicture: (seen.seconds + heldOut.seconds) / (2 * config.prompts * config.samples),
    seen: seen.result,
    heldOut: heldOut.result,
  };
}

async function judgeSet(
  judge: Judge,
  candidate: Candidate,
  plan: EvaluationPlan,
): Promise<{ result: SplitResult; seconds: number }> {
  const { device, atlas, reward, reporter, reference, options } = judge;
  const { images, seconds } = await sampleSet(judge, candidate, plan);
  const labels = plan.captions.slice(0, GRID_PICTURES);
  const pictures = labels.map((_, i) => toPixels(images, i, SCENE_SIZE));
  const file = `${candidate.name.replaceAll(/[^a-z0-9-]+/gi, "_")}-${plan.split}.png`;
  writeFile(join(options.out, file), encodePng(pictureGrid(pictures, { columns: 8, labels })));
  const rewards = await rewardsOf(device, reward, images, plan.tokens);
  const predictions = await predictionsOf(device, reporter, images);
  const result = evaluateSet({ plan, images, predictions, rewards }, { atlas, reference });
  return { result, seconds };
}

async function sampleSet(
  { device, config, options }: Judge,
  { model, name, steps }: Candidate,
  { captions, split }: EvaluationPlan,
): Promise<{ images: Float32Array; seconds: number }> {
  const images = new Float32Array(captions.length * SCENE_LENGTH);
  const total = Math.ceil(captions.length / BATCH);
  const quiet = options.quiet ?? options.json ?? false;
  const label = `${name}, ${split}`;
  const settings = { steps, alpha_cfg: config.guidance };
  // One batch unmeasured: the first compiles the kernels.
  const warmup = { ...settings, seed: 0, steps: Math.min(2, steps) };
  await draw(device, model, captions.slice(0, BATCH), warmup);
  const progress = startProgress({ label, total, start: 0, batch: BATCH, quiet });
  const began = performance.now();
  for (let i = 0; i < total; i++) {
    const some = captions.slice(i * BATCH, (i + 1) * BATCH);
    const { values } = await draw(device, model, some, {
      ...settings,
      seed: config.seed * 1000 + i,
    });
    images.set(values, i * BATCH * SCENE_LENGTH);
    progress.update(i + 1, {});
  }
  progress.stop();
  return { images, seconds: (performance.now() - began) / 1000 };
}
