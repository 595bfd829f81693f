/** Files of the two scorers: the reward, and the scorer that only reports. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Device } from "../device/types.js";
import { FormatError, UsageError } from "../errors.js";
import { loadModel, saveModel } from "../io/node-checkpoint.js";
import {
  ReportScorer,
  type ReportScorerConfig,
  TextImageScorer,
  type TextImageScorerConfig,
} from "../models/reward/index.js";
import { loadParams, type Params } from "../nn/index.js";
import type { Tensor } from "../tensor/tensor.js";
import { MODELS } from "./model-files.js";

export function openReward(device: Device, path?: string): TextImageScorer {
  return open(device, path, "reward", (params, config) => {
    return new TextImageScorer(params, config as TextImageScorerConfig);
  });
}

export function openReportScorer(device: Device, path?: string): ReportScorer {
  return open(device, path, "report-scorer", (params, config) => {
    return new ReportScorer(params, config as ReportScorerConfig);
  });
}

export async function writeScorer(
  path: string,
  weights: ReadonlyMap<string, Tensor>,
  about: { readonly stage: string; readonly model: unknown; readonly run: unknown },
): Promise<void> {
  const { stage, model, run } = about;
  const metadata = { stage, model: JSON.stringify(model), run: JSON.stringify(run) };
  await saveModel(path, weights, metadata, "F16");
}

function open<T>(
  device: Device,
  given: string | undefined,
  stage: string,
  build: (params: Params, config: unknown) => T,
): T {
  const path = given ?? join(MODELS, `${stage}.safetensors`);
  if (!existsSync(path)) {
    throw new UsageError(`There is no ${stage} at ${path}. Train it: hitofude train ${stage}.`);
  }
  const { tensors, metadata } = loadModel(path);
  if (metadata.stage !== stage || metadata.model === undefined) {
    throw new FormatError(`${path} is no ${stage}. Name a file of hitofude train ${stage}.`);
  }
  const params = loadParams(device, tensors);
  const built = build(params, JSON.parse(metadata.model));
  params.finish();
  return built;
}
