/**
 * Model files: one safetensors file holds a text encoder, a UNet and, in its metadata, the config
 * that builds them and what made them.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Device } from "../device/types.js";
import { FormatError, UsageError } from "../errors.js";
import { loadModel, saveModel } from "../io/node-checkpoint.js";
import type { SafeTensor } from "../io/safetensors.js";
import { buildModel, loadParams } from "../nn/index.js";
import { TextToImage } from "../pipeline/text-to-image.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkModelConfig } from "./model-config.js";

/** The models of this repository, beside src/ and dist/. */
const MODELS = fileURLToPath(new URL("../../models/emoji-32/", import.meta.url));

const REPOSITORY = new Set(["teacher", "one-step", "aligned", "reward", "report-scorer"]);

/** The file of a model: a path, or the name of one of the repository's own. */
export function modelPath(name: string): string {
  const own = REPOSITORY.has(name);
  const path = own ? join(MODELS, `${name}.safetensors`) : name;
  if (existsSync(path) && !statSync(path).isDirectory()) return path;
  const help = own
    ? "Train it (hitofude train --help) and give its file."
    : `Give a model.safetensors, or one of: ${[...REPOSITORY].join(", ")}.`;
  throw new UsageError(`There is no model at ${path}. ${help}`);
}

interface ModelFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** What made it: "teacher", "one-step", "align", "reward" or "report-scorer". */
  readonly stage: string;
  /** The config of the network, as it was stored. */
  readonly model: unknown;
}

/** Reads a file that `writeModel` wrote, of one of the stages. */
export function readModel(name: string, stages: readonly string[]): ModelFile {
  const path = modelPath(name);
  const { tensors, metadata } = loadModel(path);
  const { stage, model } = metadata;
  if (stage === undefined || model === undefined) {
    const what = metadata.counters === undefined ? "no model of hitofude" : "the state of a run";
    throw new FormatError(`${path} is ${what}. Name the model.safetensors of a finished run.`);
  }
  if (!stages.includes(stage)) {
    const wanted = stages.join(", ");
    throw new UsageError(`${path} was made by stage ${stage}. Here it must be one of: ${wanted}.`);
  }
  try {
    return { path, tensors, stage, model: JSON.parse(model) as unknown };
  } catch {
    throw new FormatError(`${path} is damaged: the config in it is no JSON. Restore it.`);
  }
}

export interface LoadedModel {
  readonly model: TextToImage;
  readonly path: string;
  readonly stage: string;
}

const PICTURE_STAGES = ["teacher", "one-step", "align"];

/** A model that makes pictures. */
export function openModel(
  device: Device,
  name: string,
  stages: readonly string[] = PICTURE_STAGES,
): LoadedModel {
  const { path, tensors, stage, model } = readModel(name, stages);
  const fail = (what: string): Error => new FormatError(`${path} is damaged: ${what} Restore it.`);
  const config = checkModelConfig(model, fail);
  const params = loadParams(device, tensors);
  const built = buildModel(device, params, (source) => TextToImage.build(source, config));
  params.finish();
  return { model: built, path, stage };
}

export interface ModelOrigin {
  readonly stage: string;
  /** The config of the network. */
  readonly model: unknown;
  /** The config of the run that trained it. */
  readonly run: unknown;
}

export async function writeModel(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  { stage, model, run }: ModelOrigin,
): Promise<void> {
  const metadata = { stage, model: JSON.stringify(model), run: JSON.stringify(run) };
  await saveModel(path, tensors, metadata, "F16");
}
