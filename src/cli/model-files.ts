/**
 * Model files: one safetensors file holds a text encoder, a UNet and, in its metadata, the config
 * that builds them and what made them.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Device } from "../device/types.js";
import { TextToImage, type TextToImageConfig } from "../pipeline/text-to-image.js";
import { FormatError, UsageError } from "../errors.js";
import { loadModel, saveModel } from "../io/node-checkpoint.js";
import { loadParams } from "../nn/index.js";
import type { Tensor } from "../tensor/tensor.js";

/** The models of this repository, beside src/ and dist/. */
export const MODELS = fileURLToPath(new URL("../../models/emoji-32/", import.meta.url));

/** The file of a stage: a path as given, or the repository's own. */
export function modelPath(given: string | undefined, stage: string): string {
  const path = given ?? join(MODELS, `${stage}.safetensors`);
  if (existsSync(path)) return path;
  throw new UsageError(`There is no model at ${path}. Name one, or train it first.`);
}

export interface LoadedModel {
  readonly model: TextToImage;
  readonly path: string;
  /** "teacher", "one-step" or "align". */
  readonly stage: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export function openModel(device: Device, path: string): LoadedModel {
  const { tensors, metadata } = loadModel(path);
  const config = modelConfig(path, metadata.model);
  const params = loadParams(device, tensors);
  const model = TextToImage.build(params, config);
  params.finish();
  return { model, path, stage: metadata.stage ?? "unknown", metadata };
}

export async function writeModel(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  about: { readonly model: TextToImageConfig; readonly stage: string; readonly run: unknown },
): Promise<void> {
  const { model, stage, run } = about;
  const metadata = { stage, model: JSON.stringify(model), run: JSON.stringify(run) };
  await saveModel(path, tensors, metadata, "F16");
}

function modelConfig(path: string, text: string | undefined): TextToImageConfig {
  if (text === undefined) {
    throw new FormatError(
      `${path} holds tensors, but not the config of a model. Name a file that hitofude wrote.`,
    );
  }
  return JSON.parse(text) as TextToImageConfig;
}
