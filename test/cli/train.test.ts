/** A tiny model through all stages, and what may happen on the way. */
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { beforeAll, expect, test } from "vitest";
import type { ChromeTrace, ProfileRow } from "../../src/device/profile.js";
import { decodePng } from "../../src/io/png.js";
import { readSafeTensors } from "../../src/io/safetensors.js";
import type { TensorData } from "../../src/tensor/dtype.js";
import { call, run, TINY, temporaryFolder, writeConfig } from "./cli.js";

const at = temporaryFolder();
const none = ["--preview-every", "0"];
const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
const stepsOf = (run: string): number[] =>
  readFileSync(at(run, "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { step: number }).step);

/** The bits of some values. */
function digest({ buffer }: TensorData): string {
  return createHash("sha256").update(new Uint8Array(buffer)).digest("hex");
}

beforeAll(async () => {
  writeConfig(at("tiny.json"), { stage: "teacher", batch: 2, steps: 3, warmup: 1, model: TINY });
  const args = ["--config", at("tiny.json"), "--out", at("teacher"), ...none];
  const ended = await run(["train", "teacher", ...args]);
  expect(ended.code, ended.err).toBe(0);
}, 120_000);

test("a run leaves its config, state, log, plot and model", async () => {
  const files = ["config.json", "log.jsonl", "model.safetensors", "plot.svg", "state.safetensors"];
  expect(readdirSync(at("teacher"))).toEqual(files);
  expect(stepsOf("teacher")).toEqual([1, 2, 3]);
  const config = json(at("teacher", "config.json"));
  expect(config).toMatchObject({ stage: "teacher", batch: 2, steps: 3, model: TINY });
  expect(readFileSync(at("teacher", "plot.svg"), "utf8").match(/<polyline/g)).toHaveLength(2);
});

test("a finished run says so; other options are named", async () => {
  const resume = ["train", "teacher", "--config", at("teacher", "config.json"), ...none];
  const again = await call(...resume, "--out", at("teacher"), "--json");
  expect(again.code, again.err).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ finished: true, steps: 3, newSteps: 0 });
  const other = await call(...resume, "--out", at("teacher"), "--lr", "0.5");
  expect(other.code).toBe(2);
  expect(other.err).toMatch(/with another config \(lr: [0-9.e-]+, now 0\.5\)/);
});

test("Ctrl-C saves and exits 130; the run goes on bit for bit, each step logged once", async () => {
  const out = at("stopped");
  const args = ["train", "teacher", "--config", at("tiny.json"), "--out", out, ...none];
  const stopped = await run(args, ["teacher 1/3", 0]);
  expect(stopped.code, stopped.err).toBe(130);
  expect(stopped.out).toContain("interrupted, saved in");
  expect(existsSync(at("stopped", "model.safetensors"))).toBe(false);
  appendFileSync(at("stopped", "log.jsonl"), '{"step":3,"loss":1}\n{"step":4,"lo');
  const resumed = await call(...args);
  expect(resumed.code, resumed.err).toBe(0);
  expect(stepsOf("stopped")).toEqual([1, 2, 3]);
  const [whole, parts] = ["teacher", "stopped"].map((name) => {
    const state = readSafeTensors(readFileSync(at(name, "state.safetensors")));
    return [...state.tensors].map(([key, { values }]) => `${key} ${digest(values)}`).sort();
  });
  expect(parts).toEqual(whole);
}, 120_000);

test("a second Ctrl-C ends at once", async () => {
  const config = writeConfig(at("long.json"), { batch: 64, model: TINY });
  const args = ["train", "teacher", "--config", config, "--out", at("killed"), ...none];
  const ended = await run(args, ["adapter:", 4000], ["stopping after this step", 700]);
  expect(ended.code, ended.err).toBe(130);
}, 120_000);

test("one-step, reward and align each make a model from the one before", async () => {
  const small = ["--steps", "1", "--batch", "2", ...none];
  const distill = [...small, "--warmup", "1", "--teacher", at("teacher", "model.safetensors")];
  const from = at("teacher", "model.safetensors");
  const oneStep = await call(
    "train",
    "one-step",
    ...distill,
    "--from",
    from,
    "--out",
    at("one-step"),
  );
  expect(oneStep.code, oneStep.err).toBe(0);
  const reward = await call("train", "reward", ...small, "--out", at("reward"));
  expect(reward.code, reward.err).toBe(0);
  const start = ["--from", at("one-step", "model.safetensors"), "--alpha-rew", "0.1"];
  const scorer = ["--reward", at("reward", "model.safetensors"), "--out", at("align"), "--json"];
  const align = await call("train", "align", ...distill, ...start, ...scorer);
  expect(align.code, align.err).toBe(0);
  const { last, file } = JSON.parse(align.out);
  expect(Object.keys(last).sort()).toEqual(["grad_norm", "loss", "psi_loss", "reward", "y"]);
  expect(existsSync(file)).toBe(true);
}, 120_000);

test("align takes every other choice, and its config comes back", async () => {
  const small = ["--steps", "1", "--batch", "2", "--warmup", "1", ...none];
  const model = (name: string): string => at(name, "model.safetensors");
  const models = ["--teacher", model("teacher"), "--from", model("one-step")];
  const divergence = ["--divergence", "power", "--divergence-option", "p=1.2"];
  const choices = ["--divergence-option", "c=0.5", "--weighting", "sid", "--guidance", "out"];
  const times = ["--time-distribution", "karras", "--tilt", "--reward", model("reward")];
  const args = [...small, ...models, ...divergence, ...choices, ...times];
  const first = await call("train", "align", ...args, "--out", at("choices"), "--json");
  expect(first.code, first.err).toBe(0);
  const config = { divergence: "power", divergence_option: "p=1.2,c=0.5", tilt: true };
  expect(json(at("choices", "config.json"))).toMatchObject(config);
  const again = ["--config", at("choices", "config.json"), "--out", at("choices-again")];
  const second = await call("train", "align", ...again, ...none, "--json");
  expect(second.code, second.err).toBe(0);
  expect(JSON.parse(second.out).last).toEqual(JSON.parse(first.out).last);
}, 120_000);

test("evaluate: the table, grids, and its own config taken back", async () => {
  const small = ["--steps", "1", "--batch", "2", ...none];
  const report = await call("train", "report-scorer", ...small, "--out", at("report"));
  expect(report.code, report.err).toBe(0);
  const model = (name: string): string => at(name, "model.safetensors");
  const scorers = ["--reward", model("reward"), "--report-scorer", model("report")];
  const size = ["--prompts", "1", "--samples", "2", "--teacher-steps", "2"];
  const models = ["--models", model("teacher"), model("align")];
  const out = ["--out", at("results"), "--json"];
  const first = await call("evaluate", ...models, ...scorers, ...size, ...out);
  expect(first.code, first.err).toBe(0);
  const { config, rows } = JSON.parse(first.out);
  expect(rows.map((row: { evaluations: number }) => row.evaluations)).toEqual([6, 1]);
  expect(readdirSync(at("results")).filter((file) => file.endsWith(".png"))).toHaveLength(4);
  const again = ["--config", at("results", "config.json"), "--models", model("align")];
  const second = await call("evaluate", ...again, "--out", at("again"), "--json");
  expect(second.code, second.err).toBe(0);
  expect(JSON.parse(second.out).config).toEqual({ ...config, models: [model("align")] });
}, 120_000);

test("generate: warnings, JSON, a grid, and its own config taken back", async () => {
  const model = ["--model", at("teacher", "model.safetensors")];
  const prompts = ["a zebra on a blue background", "a red heart"];
  const sheet = await call(
    "generate",
    ...prompts,
    ...model,
    "--grid",
    "-o",
    at("sheet.png"),
    "--json",
  );
  expect(sheet.code, sheet.err).toBe(0);
  expect(sheet.err).toContain('does not know the word "zebra"');
  expect(JSON.parse(sheet.out)).toMatchObject({ unknown: ["zebra"], files: [at("sheet.png")] });
  expect(decodePng(readFileSync(at("sheet.png"))).width).toBe(6 + 2 * (8 * 32 + 6));
  const again = ["--config", at("sheet.json"), "--no-grid", "--scale", "1"];
  const single = await call("generate", "a red heart", ...again, "-o", at("single.png"));
  expect(single.code, single.err).toBe(0);
  const { width, height } = decodePng(readFileSync(at("single.png")));
  expect([width, height]).toEqual([32, 32]);
  const expected = { command: "generate", prompts: ["a red heart"], scale: 1, grid: false };
  expect(json(at("single.json"))).toMatchObject(expected);
}, 120_000);

test("--profile: a table for people, a Chrome trace in the file", async () => {
  const table = (text: string): number => Number(/^total +(\d+)/m.exec(text)?.[1]);
  const model = ["--model", at("teacher", "model.safetensors")];
  const trace = ["--profile", at("traces", "generate.json")];
  const drawn = await call("generate", "a cat", ...model, "-o", at("timed.png"), ...trace);
  expect(drawn.code, drawn.err).toBe(0);
  expect(drawn.out).toMatch(/^kernel +launches +ms +share/);
  expect(traceOf(at("traces", "generate.json"))).toBe(table(drawn.out));
  const train = ["train", "teacher", "--config", at("tiny.json"), "--out", at("timed"), ...none];
  const step = ["--profile", at("traces", "train.json"), "--profile-step", "2", "--json"];
  const trained = await call(...train, ...step);
  expect(trained.code, trained.err).toBe(0);
  const { profile } = JSON.parse(trained.out);
  expect(profile).toMatchObject({ step: 2, file: at("traces", "train.json") });
  const launches = profile.rows.reduce((n: number, row: ProfileRow) => n + row.launches, 0);
  expect(traceOf(at("traces", "train.json"))).toBe(launches);
  const refused = await call("generate", "a cat", ...model, "--profile", at("tiny.json", "x.json"));
  expect(refused.code, refused.err).toBe(2);
}, 120_000);

/** How many events a Chrome trace has; each must say what, when and for how long. */
function traceOf(path: string): number {
  const { traceEvents } = json(path) as ChromeTrace;
  let end = 0;
  for (const { name, ph, ts, dur, pid, tid } of traceEvents) {
    expect({ name, ph, pid, tid }).toEqual({ name: expect.any(String), ph: "X", pid: 1, tid: 1 });
    expect(ts).toBeGreaterThanOrEqual(end - 1e-3);
    expect(dur).toBeGreaterThanOrEqual(0);
    end = ts + dur;
  }
  return traceEvents.length;
}

test("files that are no model are refused in one line", async () => {
  const model = readFileSync(at("teacher", "model.safetensors"));
  writeFileSync(at("cut.safetensors"), model.subarray(0, model.length - 100));
  writeFileSync(at("foreign.safetensors"), "a picture of a cat");
  mkdirSync(at("folder"));
  const attempt = async (file: string): Promise<string> => {
    const { code, out, err } = await call(
      "generate",
      "a cat",
      "--model",
      file,
      "-o",
      at("cat.png"),
    );
    expect(out).toBe("");
    return `${code} ${err.replaceAll(at(), "TMP").trim()}`;
  };
  expect(await attempt(at("none.safetensors"))).toMatchInlineSnapshot(
    `"2 error: There is no model at TMP/none.safetensors. Give a model.safetensors, or one of: teacher, one-step, aligned, reward, report-scorer."`,
  );
  expect(await attempt(at("folder"))).toMatchInlineSnapshot(
    `"2 error: There is no model at TMP/folder. Give a model.safetensors, or one of: teacher, one-step, aligned, reward, report-scorer."`,
  );
  expect(await attempt(at("cut.safetensors"))).toMatch(/^1 error: TMP.*the file is cut off/);
  expect(await attempt(at("foreign.safetensors"))).toMatchInlineSnapshot(
    `"1 error: TMP/foreign.safetensors is no readable safetensors file: its header claims 8247626262918472000 bytes, the file has 18. Restore it, or name another one."`,
  );
  expect(await attempt(at("teacher", "state.safetensors"))).toMatchInlineSnapshot(
    `"1 error: TMP/teacher/state.safetensors is the state of a run. Name the model.safetensors of a finished run."`,
  );
}, 120_000);
