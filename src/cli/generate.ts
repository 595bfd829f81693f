/** `hitofude generate`: prompts in, pictures out. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname } from "node:path";
import { tokenize } from "../data/index.js";
import type { GpuDevice } from "../device/device.js";
import { UsageError } from "../errors.js";
import { writeFile } from "../io/node-files.js";
import { pictureGrid } from "../io/picture.js";
import { encodePng, type Picture } from "../io/png.js";
import { makeFolder } from "./folder.js";
import { type LoadedModel, modelPath, openModel } from "./model-files.js";
import { draw } from "./preview.js";
import {
  checkProfile,
  type Profiled,
  type ProfileOptions,
  profiled,
  profileJson,
  profileText,
} from "./profiling.js";
import { type CommonOptions, printJson, withDevice } from "./session.js";

/** What decides the pictures; written beside them. */
export interface GenerateConfig {
  readonly prompts: readonly string[];
  readonly model: string;
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

export interface GenerateOptions extends CommonOptions, ProfileOptions {
  readonly out: string;
}

interface Job {
  readonly prompt: string;
  readonly seed: number;
}

/** Pictures that are drawn together. */
const BATCH = 32;

export async function generate(given: GenerateConfig, options: GenerateOptions): Promise<void> {
  const auto = given.steps > 1 ? "teacher" : "aligned";
  const config = { ...given, model: given.model === "auto" ? auto : given.model };
  const { prompts, seed, count, steps } = config;
  const words = readPrompts(prompts);
  checkOut(options.out);
  checkProfile(options);
  modelPath(config.model);
  await withDevice({ quiet: true, ...options }, async ({ device }) => {
    const loaded = openModel(device, config.model, steps > 1 ? ["teacher"] : undefined);
    if (loaded.stage === "teacher" && steps === 1) {
      process.stderr.write("warning: a teacher needs several steps (--steps 12); one blurs\n");
    }
    const jobs = prompts.flatMap((prompt) =>
      Array.from({ length: count }, (_, i): Job => ({ prompt, seed: seed + i })),
    );
    const drawn = await drawAll(device, loaded, jobs, { ...config, ...options });
    const files = writePictures(drawn.pictures, config, options.out);
    const text = JSON.stringify({ command: "generate", ...config }, null, 2);
    writeFile(besides(options.out), `${text}\n`);
    report({ device, loaded, config, jobs, files, ...words, ...drawn }, options);
  });
}

interface Words {
  readonly unknown: readonly string[];
  readonly unread: readonly string[];
}

/** Warns of words that the vocabulary lacks or that come too late; refuses an empty prompt. */
function readPrompts(prompts: readonly string[]): Words {
  const all = prompts.map(tokenize);
  const unknown = [...new Set(all.flatMap((tokens) => tokens.unknown))];
  const unread = all.flatMap((tokens) => tokens.truncated);
  for (const word of unknown) {
    process.stderr.write(`warning: the model does not know the word "${word}"\n`);
  }
  if (unread.length > 0) {
    process.stderr.write(`warning: too long; these words are not read: ${unread.join(" ")}\n`);
  }
  return { unknown, unread };
}

/** heart.png → heart.json */
function besides(out: string): string {
  return `${out.slice(0, -extname(out).length)}.json`;
}

/** Refuses, before any work, a place that cannot take the files or would lose one. */
function checkOut(out: string): void {
  if (extname(out).toLowerCase() !== ".png") {
    throw new UsageError(`--out ${out} does not end in .png. Pictures are written as PNG.`);
  }
  makeFolder(dirname(out));
  if (existsSync(out) && statSync(out).isDirectory()) {
    throw new UsageError(`--out ${out} is a folder. Name a file.`);
  }
  const config = besides(out);
  if (!existsSync(config) || readFileSync(config, "utf8").includes('"command": "generate"')) return;
  throw new UsageError(
    `${config} exists and is no config of generate; it would be overwritten. Choose another --out.`,
  );
}

interface Drawn {
  readonly pictures: readonly Picture[];
  /** Of all pictures together, and of the run before them that compiles the kernels. */
  readonly evaluatingMs: number;
  readonly warmupMs: number;
  /** Of all pictures together, where it was asked for; the times above are under its clock then. */
  readonly profile?: Profiled;
}

async function drawAll(
  device: GpuDevice,
  { model }: LoadedModel,
  jobs: readonly Job[],
  { steps, guidance: alpha_cfg, profile: file }: GenerateConfig & ProfileOptions,
): Promise<Drawn> {
  const prompt = jobs[0]?.prompt ?? "";
  const began = performance.now();
  await draw(device, model, [prompt], { seed: 0, steps: Math.min(steps, 2), alpha_cfg });
  const warm = performance.now();
  const pictures: Picture[] = [];
  let evaluatingMs = 0;
  const drawJobs = async (): Promise<void> => {
    const start = performance.now();
    for (let at = 0; at < jobs.length; at += BATCH) {
      const some = jobs.slice(at, at + BATCH);
      const [prompts, seed] = [some.map((job) => job.prompt), some.map((job) => job.seed)];
      pictures.push(...(await draw(device, model, prompts, { seed, steps, alpha_cfg })).pictures);
    }
    evaluatingMs = performance.now() - start;
  };
  const profile = file === undefined ? undefined : await profiled(device, file, drawJobs);
  if (!profile) await drawJobs();
  const times = { warmupMs: warm - began, evaluatingMs };
  return { pictures, ...times, ...(profile ? { profile } : {}) };
}

function writePictures(
  pictures: readonly Picture[],
  { grid, scale, prompts, count }: GenerateConfig,
  out: string,
): string[] {
  if (grid) {
    // A row for each prompt, where there are rows and columns to choose.
    const table = prompts.length > 1 && count > 1;
    const columns = table ? count : Math.ceil(Math.sqrt(pictures.length));
    const labels = prompts.flatMap((prompt) => Array<string>(count).fill(prompt));
    writeFile(out, encodePng(pictureGrid(pictures, { columns, scale, labels })));
    return [out];
  }
  const digits = Math.max(2, String(pictures.length).length);
  return pictures.map((picture, i) => {
    const number = String(i + 1).padStart(digits, "0");
    const file = pictures.length === 1 ? out : `${out.slice(0, -4)}-${number}.png`;
    writeFile(file, encodePng(pictureGrid([picture], { columns: 1, scale, gap: 0 })));
    return file;
  });
}

interface Outcome extends Drawn, Words {
  readonly device: GpuDevice;
  readonly loaded: LoadedModel;
  readonly config: GenerateConfig;
  readonly jobs: readonly Job[];
  readonly files: readonly string[];
}

function report(outcome: Outcome, { json }: GenerateOptions): void {
  const { device, loaded, config, jobs, files, warmupMs, evaluatingMs, unknown, unread } = outcome;
  const { path, stage } = loaded;
  const { profile } = outcome;
  const msPerPicture = evaluatingMs / jobs.length;
  if (json) {
    const times = { warmupMs, msPerPicture };
    const model = { path, stage };
    printJson({
      adapter: device.name,
      model,
      config,
      unknown,
      unread,
      ...times,
      pictures: jobs,
      files,
      ...profileJson(profile),
    });
    return;
  }
  const what = config.steps === 1 ? "one network evaluation" : `${config.steps} Heun steps`;
  const each = jobs.length === 1 ? "" : `, mean of ${jobs.length} pictures`;
  if (profile) process.stdout.write(profileText(profile, "all pictures"));
  process.stdout.write(
    `adapter  ${device.name}\n` +
      `model    ${stage} (${path})\n` +
      `time     ${msPerPicture.toFixed(1)} ms for ${what}${each} ` +
      `(before that, compiling kernels: ${(warmupMs / 1000).toFixed(1)} s)\n` +
      files.map((file) => `picture  ${file}\n`).join(""),
  );
}
