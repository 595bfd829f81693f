/**
 * Runs a trainer to its last step: progress, log, previews, checkpoints, Ctrl-C, resuming.
 *
 *     <out>/config.json            the resolved config; `--config` takes it back
 *     <out>/state.safetensors      everything that a resumed run needs
 *     <out>/log.jsonl, plot.svg    one line for each step; the same as curves
 *     <out>/preview-000200.png     pictures on the way
 *     <out>/model.safetensors      the model, when the last step is done
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { GpuDevice } from "../device/device.js";
import { HitofudeError, UsageError } from "../errors.js";
import { type Json, loadRun, saveRun } from "../io/node-checkpoint.js";
import { writeFile } from "../io/node-files.js";
import type { Trainer } from "../optim/index.js";
import type { Tensor } from "../tensor/tensor.js";
import { differences } from "./config.js";
import { makeFolder } from "./folder.js";
import { listenForInterrupt } from "./interrupt.js";
import { type Profiled, profiled } from "./profiling.js";
import { startProgress } from "./progress.js";
import { RunLog } from "./run-log.js";
import { plotSvg } from "./run-plot.js";

export interface RunOptions {
  readonly device: GpuDevice;
  readonly trainer: Trainer;
  readonly out: string;
  /** The resolved config; a run goes on only with the same one. */
  readonly config: { readonly stage: string; readonly steps: number };
  /** The learning rate depends on `steps`, so that a run cannot be made longer. */
  readonly fixedLength?: boolean;
  /** Steps between checkpoints, and between previews (0: no previews). */
  readonly saveEvery: number;
  readonly previewEvery: number;
  /** Draws a preview into the given file. */
  readonly preview?: (file: string) => Promise<void>;
  /** Writes the trained model into the given file. */
  readonly writeModel: (file: string) => Promise<void>;
  readonly quiet?: boolean;
  /** Where the time line of one step goes, and which of this call's steps it is. */
  readonly profile?: string;
  readonly profileStep?: number;
}

export interface RunResult {
  readonly finished: boolean;
  /** Steps done in all calls together, and in this one. */
  readonly steps: number;
  readonly newSteps: number;
  /** Seconds spent in this call. */
  readonly seconds: number;
  /** What the last step of this call reported. */
  readonly last: Readonly<Record<string, number>>;
  /** The model's file, once the run is finished. */
  readonly file?: string;
  /** Of the step that was timed kernel by kernel, where that was asked for. */
  readonly profile?: Profiled & { readonly step: number };
}

/** What the last step reported, and the profile of the one that was timed. */
type Outcome = Pick<RunResult, "last" | "profile">;

export async function runTraining(options: RunOptions): Promise<RunResult> {
  const { trainer, out, config } = options;
  makeFolder(out);
  const resumed = resume(options);
  const start = trainer.steps;
  const log = new RunLog(out, start);
  // Shows before any work is done that the folder takes files.
  if (!resumed) writeFile(join(out, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  const began = performance.now();
  const outcome = await steps(options, log, resumed);
  const finished = trainer.steps >= config.steps;
  const file = join(out, "model.safetensors");
  if (finished && (trainer.steps > start || !existsSync(file))) await options.writeModel(file);
  const seconds = (performance.now() - began) / 1000;
  const counts = { steps: trainer.steps, newSteps: trainer.steps - start };
  return { finished, ...counts, seconds, ...outcome, ...(finished ? { file } : {}) };
}

/** Steps until the last one or until Ctrl-C; everything is saved when it returns. */
async function steps(options: RunOptions, log: RunLog, resumed: boolean): Promise<Outcome> {
  const { trainer, out, saveEvery, previewEvery, config } = options;
  const { stage: label, steps: total } = config;
  if (trainer.steps >= total) return { last: {} };
  const { quiet = false, profileStep = 1 } = options;
  // A run that ends before is measured in its last step.
  const timed = Math.min(trainer.steps + profileStep, total);
  const progress = startProgress({
    label,
    total,
    start: trainer.steps,
    batch: trainer.batch,
    quiet,
  });
  if (resumed) progress.note(`${label}: going on from step ${trainer.steps} in ${out}`);
  const interrupt = listenForInterrupt(() => {
    progress.note(`${label}: stopping after this step; Ctrl-C again ends at once, unsaved`);
  });
  let outcome: Outcome = { last: {} };
  try {
    while (trainer.steps < total && !interrupt.asked) {
      const now = trainer.steps + 1 === timed ? timedStep : step;
      outcome = { ...outcome, ...(await now(options, log)) };
      progress.update(trainer.steps, outcome.last);
      const end = trainer.steps === total || interrupt.asked;
      if (end || trainer.steps % saveEvery === 0) await save(options, log);
      const due = end || trainer.steps % previewEvery === 0;
      if (previewEvery > 0 && due && !interrupt.asked)
        await options.preview?.(join(out, `preview-${pad(trainer.steps)}.png`));
      // Ctrl-C may have come while a preview was drawn.
      if (!end && interrupt.asked) await save(options, log);
    }
  } finally {
    progress.stop();
    interrupt.release();
  }
  return outcome;
}

/** One step under the profile's clock, where one was asked for. */
async function timedStep(options: RunOptions, log: RunLog): Promise<Outcome> {
  const { device, trainer, profile: file } = options;
  if (file === undefined) return step(options, log);
  let outcome: Outcome = { last: {} };
  const profile = await profiled(device, file, async () => {
    outcome = await step(options, log);
  });
  return { ...outcome, profile: { ...profile, step: trainer.steps } };
}

/** One step, logged. A loss that is not finite ends the run; the last checkpoint stays. */
async function step({ device, trainer, out, config }: RunOptions, log: RunLog): Promise<Outcome> {
  using _scope = device.scope();
  const began = performance.now();
  const values = await readAll(trainer.advance());
  const bad = Object.entries(values).find(([, value]) => !Number.isFinite(value));
  if (bad) {
    throw new HitofudeError(
      `${config.stage}: ${bad[0]} became ${bad[1]} in step ${trainer.steps}. ` +
        `Start again in another folder with a lower --lr; ${join(out, "state.safetensors")}, ` +
        "if it was written, holds the last saved state.",
    );
  }
  log.append({ step: trainer.steps, ...values, ms: Math.round(performance.now() - began) });
  return { last: values };
}

async function readAll(report: Readonly<Record<string, Tensor>>): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [name, x] of Object.entries(report)) values[name] = await x.item();
  return values;
}

async function save({ out, trainer, config }: RunOptions, log: RunLog): Promise<void> {
  const counters = { steps: trainer.steps };
  await saveRun(out, { tensors: trainer.state(), config: asJson(config), counters });
  writeFile(join(out, "plot.svg"), plotSvg(config.stage, log.lines));
}

function resume({ out, trainer, config, fixedLength = false }: RunOptions): boolean {
  if (!existsSync(join(out, "state.safetensors"))) return false;
  const run = loadRun(out);
  const all = differences(run.config, asJson(config));
  const changed = all.filter((text) => fixedLength || !text.startsWith("steps: "));
  if (changed.length > 0) {
    throw new UsageError(
      `${out} holds a run with another config (${changed.join("; ")}). To go on with it, give ` +
        `--config ${join(out, "config.json")} alone; for a new run, another folder with --out.`,
    );
  }
  trainer.restore(run.tensors, run.counters.steps ?? 0);
  return true;
}

/** What the config is once it was written and read. */
function asJson(config: object): Json {
  return JSON.parse(JSON.stringify(config)) as Json;
}

function pad(step: number): string {
  return String(step).padStart(6, "0");
}
