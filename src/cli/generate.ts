/** `hitofude generate`: prompts in, pictures out. */
import { extname } from "node:path";
import { tokenize } from "../data/index.js";
import type { GpuDevice } from "../device/device.js";
import { UsageError } from "../errors.js";
import { writeFile } from "../io/node-files.js";
import { pictureGrid } from "../io/picture.js";
import { encodePng, type Picture } from "../io/png.js";
import { modelPath, openModel } from "./model-files.js";
import { draw } from "./preview.js";
import { type CommonOptions, printJson, withDevice } from "./session.js";

export interface GenerateOptions extends CommonOptions {
  readonly out: string;
  readonly model?: string;
  readonly seed: number;
  /** Pictures for each prompt, with seeds seed, seed + 1, … */
  readonly count: number;
  readonly grid: boolean;
  /** 1: one evaluation. More: the teacher's sampler. */
  readonly steps: number;
  /** α_cfg of the teacher's sampler. */
  readonly guidance: number;
  /** Pixels of the file for each pixel of the picture. */
  readonly scale: number;
}

interface Made {
  readonly prompt: string;
  readonly seed: number;
  readonly picture: Picture;
}

export async function generate(prompts: readonly string[], options: GenerateOptions): Promise<void> {
  const unknown = checkPrompts(prompts);
  if (extname(options.out).toLowerCase() !== ".png") {
    throw new UsageError(`--out ${options.out} does not end in .png. Pictures are written as PNG.`);
  }
  const path = modelPath(options.model, options.steps > 1 ? "teacher" : "aligned");
  await withDevice({ quiet: true, ...options }, async ({ device }) => {
    const { model, stage } = openModel(device, path);
    const began = performance.now();
    await draw(device, model, prompts.slice(0, 1), { seed: options.seed, steps: 1, alpha_cfg: 0 });
    const warmup = performance.now() - began;
    const made: Made[] = [];
    let evaluating = 0;
    for (let i = 0; i < options.count; i++) {
      const seed = options.seed + i;
      const start = performance.now();
      const { pictures } = await draw(device, model, prompts, {
        seed,
        steps: options.steps,
        alpha_cfg: options.guidance,
      });
      evaluating += performance.now() - start;
      pictures.forEach((picture, p) => {
        made.push({ prompt: prompts[p] ?? "", seed, picture });
      });
    }
    const files = writePictures(made, options);
    report(device, { path, stage, unknown, warmup, evaluating, made, files }, options);
  });
}

/** Warns of words that the vocabulary lacks; refuses an empty prompt. */
function checkPrompts(prompts: readonly string[]): string[] {
  const unknown = new Set<string>();
  for (const prompt of prompts) {
    const tokens = tokenize(prompt);
    for (const word of tokens.unknown) unknown.add(word);
    if (tokens.truncated) process.stderr.write(`warning: the end of "${prompt}" is not read\n`);
  }
  for (const word of unknown) {
    process.stderr.write(`warning: the model does not know the word "${word}"\n`);
  }
  return [...unknown];
}

function writePictures(made: readonly Made[], { out, grid, scale }: GenerateOptions): string[] {
  if (grid || made.length === 1) {
    const pictures = made.map(({ picture }) => picture);
    const columns = Math.ceil(Math.sqrt(made.length));
    const labels = made.map(({ prompt }) => prompt);
    const sheet = grid
      ? pictureGrid(pictures, { columns, scale, labels })
      : pictureGrid(pictures, { columns: 1, scale, gap: 0 });
    writeFile(out, encodePng(sheet));
    return [out];
  }
  return made.map(({ picture }, i) => {
    const file = `${out.slice(0, -4)}-${String(i + 1).padStart(2, "0")}.png`;
    writeFile(file, encodePng(pictureGrid([picture], { columns: 1, scale, gap: 0 })));
    return file;
  });
}

interface Outcome {
  readonly path: string;
  readonly stage: string;
  readonly unknown: readonly string[];
  readonly warmup: number;
  readonly evaluating: number;
  readonly made: readonly Made[];
  readonly files: readonly string[];
}

function report(device: GpuDevice, outcome: Outcome, options: GenerateOptions): void {
  const { path, stage, unknown, warmup, evaluating, made, files } = outcome;
  const { out, seed, steps, guidance, count, scale, grid } = options;
  const config = { command: "generate", model: path, stage, seed, steps, guidance, count, scale, grid };
  const prompts = [...new Set(made.map(({ prompt }) => prompt))];
  writeFile(`${out.slice(0, -4)}.json`, `${JSON.stringify({ ...config, prompts }, null, 2)}\n`);
  const msPerPicture = evaluating / made.length;
  if (options.json) {
    const pictures = made.map(({ prompt, seed: used }) => ({ prompt, seed: used }));
    printJson({ adapter: device.name, ...config, unknown, warmupMs: warmup, msPerPicture, pictures, files });
    return;
  }
  const what = steps === 1 ? "one network evaluation" : `${steps} Heun steps`;
  process.stdout.write(
    `adapter  ${device.name}\n` +
      `model    ${stage} (${path})\n` +
      `time     ${msPerPicture.toFixed(1)} ms for ${what} a picture ` +
      `(first run, compiling kernels: ${(warmup / 1000).toFixed(1)} s)\n` +
      files.map((file) => `picture  ${file}\n`).join(""),
  );
}
