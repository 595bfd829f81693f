/**
 * Runs and models on disk.
 *
 *     <folder>/state.safetensors    all tensors of a run, exactly; its counters and config
 *     <folder>/config.json          the resolved config, for people
 *     model.safetensors             the parameters of a model, with half the bytes if wanted
 */
import { join } from "node:path";
import { FormatError } from "../errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { readFile, writeFile } from "./node-files.js";
import { saveSafeTensors } from "./node-safetensors-save.js";
import {
  readSafeTensors,
  type SafeTensor,
  type SafeTensorsFile,
  type StorePrecision,
} from "./safetensors.js";

/** A value that JSON holds without loss. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Whole numbers by name. */
export type Counters = Readonly<Record<string, number>>;

/**
 * Everything that a resumed run needs.
 * @typeParam T what the tensors are: of a device when saved, arrays when loaded.
 */
export interface Run<T> {
  readonly tensors: ReadonlyMap<string, T>;
  /** The resolved config: with it and the tensors the run goes on. */
  readonly config: Json;
  /** Steps done, samples seen and the like. */
  readonly counters: Counters;
}

const STATE = "state.safetensors";
const RUN_FORMAT = "hitofude-run-1";

/**
 * Saves a run, whole or not at all: a crash leaves the state that was there before.
 * @throws FormatError when the folder cannot be written to.
 */
export async function saveRun(folder: string, run: Run<Tensor>): Promise<void> {
  const metadata = {
    format: RUN_FORMAT,
    config: JSON.stringify(run.config),
    counters: JSON.stringify(run.counters),
  };
  writeFile(join(folder, "config.json"), `${JSON.stringify(run.config, null, 2)}\n`);
  await saveSafeTensors(join(folder, STATE), run.tensors, { metadata, precision: "F32" });
}

/**
 * The state that `saveRun` left in `folder`.
 * @throws FormatError when the file is missing, damaged or no saved run.
 */
export function loadRun(folder: string): Run<SafeTensor> {
  const path = join(folder, STATE);
  const { tensors, metadata } = readSafeTensors(readFile(path), path);
  const { format, config, counters } = metadata;
  if (format !== RUN_FORMAT || config === undefined || counters === undefined) {
    throw new FormatError(
      `${path} holds tensors, but no saved run (format ${format ?? "not given"}, ` +
        `expected ${RUN_FORMAT}). Name the folder of a run.`,
    );
  }
  try {
    const parsed = JSON.parse(counters) as Counters;
    return { tensors, config: JSON.parse(config) as Json, counters: parsed };
  } catch {
    throw new FormatError(
      `${path} is damaged: its config or its counters are no JSON. Restore it, or start again.`,
    );
  }
}

/** Saves the parameters of a model. F16 keeps 11 significant bits of each value. */
export async function saveModel(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
  precision: StorePrecision,
): Promise<void> {
  await saveSafeTensors(path, tensors, { metadata, precision });
}

/**
 * A model file: its tensors by name, and its metadata.
 * @throws FormatError when the file is missing, damaged or no safetensors file.
 */
export function loadModel(path: string): SafeTensorsFile {
  return readSafeTensors(readFile(path), path);
}
