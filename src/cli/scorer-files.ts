/** Files of the two scorers: the reward, and the scorer that only reports. */
import type { Device } from "../device/types.js";
import {
  ReportScorer,
  type ReportScorerConfig,
  TextImageScorer,
  type TextImageScorerConfig,
} from "../models/reward/index.js";
import { buildModel, loadParams, type Params } from "../nn/index.js";
import { readModel } from "./model-files.js";

/** `name`: "reward" for the repository's, or a file. */
export function openReward(device: Device, name: string): TextImageScorer {
  return open(device, name, "reward", (params, config) => {
    return new TextImageScorer(params, config as TextImageScorerConfig);
  });
}

/** `name`: "report-scorer" for the repository's, or a file. */
export function openReportScorer(device: Device, name: string): ReportScorer {
  return open(device, name, "report-scorer", (params, config) => {
    return new ReportScorer(params, config as ReportScorerConfig);
  });
}

function open<T>(
  device: Device,
  name: string,
  stage: string,
  build: (params: Params, config: unknown) => T,
): T {
  const { tensors, model } = readModel(name, [stage]);
  const params = loadParams(device, tensors);
  const built = buildModel(device, params, (source) => build(source, model));
  params.finish();
  return built;
}
