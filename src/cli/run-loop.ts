/**
 * Runs a trainer to its last step: progress, log, previews, checkpoints, Ctrl-C, resuming.
 *
 *     <out>/config.json            the resolved config; `--config` takes it back
 *     <out>/state.safetensors      everything that a resumed run needs
 *     <out>/log.jsonl              one line for each step
 *     <out>/preview-000200.png     pictures on the way
 */
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { HitofudeError, UsageError } from "../errors.js";
import { type Json, loadRun, saveRun } from "../io/node-checkpoint.js";
import type { GpuDevice } from "../device/device.js";
import type { Trainer } from "../optim/index.js";
import type { Tensor } from "../tensor/tensor.js";
import { listenForInterrupt } from "./interrupt.js";
import { startProgress } from "./progress.js";

export interface RunOptions {
  readonly label: string;
  readonly device: GpuDevice;
  readonly trainer: Trainer;
  readonly out: string;
  readonly config: Json;
  readonly steps: number;
  /** Steps between checkpoints, and between previews. */
  readonly saveEvery: number;
  readonly previewEvery: number;
  /** Draws a preview into the given file. */
  readonly preview?: (file: string) => Promise<void>;
  readonly quiet?: boolean;
}

export interface RunResult {
  readonly finished: boolean;
  /** Seconds spent in this call. */
  readonly seconds: number;
  readonly last: Readonly<Record<string, number>>;
}

export async function runTraining(options: RunOptions): Promise<RunResult> {
  const { label, trainer, out, steps, saveEvery, previewEvery, quiet = false } = options;
  mkdirSync(out, { recursive: true });
  const resumed = resume(options);
  const start = trainer.steps;
  const progress = startProgress({ label, total: steps, start, batch: trainer.batch, quiet });
  if (resumed) progress.note(`${label}: going on from step ${start} in ${out}`);
  const interrupt = listenForInterrupt();
  const began = Date.now();
  let last: Record<string, number> = {};
  try {
    while (trainer.steps < steps && !interrupt.asked) {
      last = await step(options);
      progress.update(trainer.steps, last);
      if (trainer.steps % saveEvery === 0) await save(options);
      const due = trainer.steps % previewEvery === 0 || trainer.steps === steps;
      if (due) await options.preview?.(join(out, `preview-${pad(trainer.steps)}.png`));
    }
    await save(options);
  } finally {
    progress.stop();
    interrupt.release();
  }
  return { finished: trainer.steps >= steps, seconds: (Date.now() - began) / 1000, last };
}


/** One step, logged. A loss that is not finite ends the run; the last checkpoint stays. */
async function step({ device, trainer, out, label }: RunOptions): Promise<Record<string, number>> {
  using _scope = device.scope();
  const began = Date.now();
  const values = await readAll(trainer.advance());
  const bad = Object.entries(values).find(([, value]) => !Number.isFinite(value));
  if (bad) {
    throw new HitofudeError(
      `${label}: ${bad[0]} became ${bad[1]} in step ${trainer.steps}. ` +
        `Lower --lr and start again; ${join(out, "state.safetensors")} holds the last good state.`,
    );
  }
  const line = { step: trainer.steps, ...values, ms: Date.now() - began };
  appendFileSync(join(out, "log.jsonl"), `${JSON.stringify(line)}\n`);
  return values;
}

async function readAll(report: Readonly<Record<string, Tensor>>): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [name, x] of Object.entries(report)) values[name] = await x.item();
  return values;
}

async function save({ out, trainer, config }: RunOptions): Promise<void> {
  await saveRun(out, { tensors: trainer.state(), config, counters: { steps: trainer.steps } });
}

function resume({ out, trainer, config }: RunOptions): boolean {
  if (!existsSync(join(out, "state.safetensors"))) return false;
  const run = loadRun(out);
  if (!isDeepStrictEqual(withoutSteps(run.config), withoutSteps(config))) {
    throw new UsageError(
      `${out} holds a run with another config. Give the same options to go on with it ` +
        `(--config ${join(out, "config.json")}), or another folder with --out.`,
    );
  }
  trainer.restore(run.tensors, run.counters.steps ?? 0);
  return true;
}

/** How long a run lasts is no part of what it does: it may be raised when a run goes on. */
function withoutSteps(config: Json): unknown {
  return { ...(JSON.parse(JSON.stringify(config)) as object), steps: 0 };
}

function pad(step: number): string {
  return String(step).padStart(6, "0");
}
