/** What is asked for wrongly ends with one clear line and code 2, before any work. */
import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { call, run, TINY, temporaryFolder, writeConfig } from "./cli.js";

const at = temporaryFolder();

/** The code, and the one line on standard error with the folder's name taken out. */
async function failure(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await call(...args);
  expect(out).toBe("");
  const lines = err.split("\n").filter((line) => !line.startsWith("adapter: "));
  expect(lines.length, err).toBe(2);
  return `${code} ${lines[0]?.replaceAll(at(), "TMP")}`;
}

test("options and arguments", async () => {
  expect(await failure("generate", "a cat", "--sed", "1")).toMatchInlineSnapshot(
    `"2 error: unknown option '--sed' (Did you mean --seed?)"`,
  );
  expect(await failure("generate", "a cat", "--seed", "1.5")).toMatchInlineSnapshot(
    `"2 error: option '--seed <n>' argument '1.5' is invalid. Give a whole number, at least 0 and at most 4294967295."`,
  );
  expect(await failure("paint")).toMatchInlineSnapshot(`"2 error: unknown command 'paint'"`);
  expect(await failure("train", "teacher", "--steps", "0")).toMatchInlineSnapshot(
    `"2 error: option '--steps <n>' argument '0' is invalid. Give a whole number, at least 1."`,
  );
  // The list grows with the registry.
  expect(await failure("train", "align", "--divergence", "l3")).toMatch(
    /^2 error: option '--divergence <name>' argument 'l3' is invalid. Give one of: [^\n]*\bkl\b[^\n]*$/,
  );
  const align = (...args: readonly string[]) => failure("train", "align", ...args);
  expect(await align("--weighting", "w2")).toMatchInlineSnapshot(
    `"2 error: option '--weighting <name>' argument 'w2' is invalid. Give one of: x0, score, sigma2, sigma2-alpha2, low-noise, high-noise, sid."`,
  );
  expect(await align("--time-distribution", "often")).toMatchInlineSnapshot(
    `"2 error: option '--time-distribution <name>' argument 'often' is invalid. Give one of: log-uniform, log-normal, uniform-t, dmd, karras, sid, smallest."`,
  );
  expect(await align("--guidance", "about")).toMatchInlineSnapshot(
    `"2 error: option '--guidance <name>' argument 'about' is invalid. Give one of: in, out."`,
  );
  expect(await align("--divergence-option", "0.1")).toMatchInlineSnapshot(
    `"2 error: --divergence-option "0.1" is no name=value. Give one such as c=0.1."`,
  );
  expect(await align("--divergence-option", "d=0.1")).toMatchInlineSnapshot(
    `"2 error: The divergence pseudo-huber has no option d. Choose from: c."`,
  );
  expect(await align("--divergence-option", "c=0")).toMatchInlineSnapshot(
    `"2 error: The divergence pseudo-huber: option c is 0. Give a number above 0."`,
  );
  const power = ["--divergence", "power", "--divergence-option", "p=1"];
  expect(await align(...power, "--divergence-option", "c=soft")).toMatchInlineSnapshot(
    `"2 error: The divergence power: option c is soft. Give a number above 0."`,
  );
  expect(await align("--divergence", "kl", "--divergence-option", "c=1")).toMatchInlineSnapshot(
    `"2 error: The divergence kl has no option c. Leave it out: there are none."`,
  );
  expect(await align("--divergence", "f-distill")).toMatchInlineSnapshot(
    `"2 error: The divergence f-distill needs a density ratio, which this model has not. Choose another, or call it from code: docs/divergences.md."`,
  );
  expect(await align("--sigma-low", "5")).toMatchInlineSnapshot(
    `"2 error: sigma_low 5 is not below sigma_high 5. Give --sigma-low and --sigma-high so that noise levels lie between them."`,
  );
  const discrete = ["--time-distribution", "uniform-t"];
  expect(await align(...discrete, "--sigma-low", "20", "--sigma-high", "30")).toMatchInlineSnapshot(
    `"2 error: uniform-t: the steps of the schedule go from σ 0.0292 to 14.6, none of which lies between 20 and 30. Give another range."`,
  );
  expect(await failure("doctor", "--adapter", "abacus")).toMatchInlineSnapshot(
    `"2 error: option '--adapter <name>' argument 'abacus' is invalid. Allowed choices are auto, hardware, lavapipe, swiftshader."`,
  );
});

test("prompts and places", async () => {
  mkdirSync(at("folder.png"));
  writeFileSync(at("mine.json"), "{}");
  writeFileSync(at("file"), "");
  expect(await failure("generate")).toMatchInlineSnapshot(
    `"2 error: generate needs a prompt. Give one, such as "a red heart on a blue background"."`,
  );
  expect(await failure("generate", " ?!")).toMatchInlineSnapshot(
    `"2 error: tokenize: the caption " ?!" holds no word. Write one such as "a red heart on a blue background"."`,
  );
  expect(await failure("generate", "a cat", "-o", "cat.jpg")).toMatchInlineSnapshot(
    `"2 error: --out cat.jpg does not end in .png. Pictures are written as PNG."`,
  );
  expect(await failure("generate", "a cat", "-o", at("folder.png"))).toMatchInlineSnapshot(
    `"2 error: --out TMP/folder.png is a folder. Name a file."`,
  );
  expect(await failure("generate", "a cat", "-o", at("mine.png"))).toMatchInlineSnapshot(
    `"2 error: TMP/mine.json exists and is no config of generate; it would be overwritten. Choose another --out."`,
  );
  expect(await failure("generate", "a cat", "-o", at("file/cat.png"))).toMatchInlineSnapshot(
    `"2 error: --out: TMP/file is no folder to write to (a file stands where a folder is needed). Name another."`,
  );
});

test("configs", async () => {
  const train = ["train", "teacher", "--out", at("run")];
  const teacher = (config: unknown): Promise<string> =>
    failure(...train, "--config", writeConfig(at("config.json"), config));
  expect(await teacher([])).toMatchInlineSnapshot(
    `"2 error: TMP/config.json holds no config. Name the config.json of an earlier run."`,
  );
  expect(await teacher({ stage: "align" })).toMatchInlineSnapshot(
    `"2 error: TMP/config.json has stage "align", not "teacher". Name a config that this command wrote."`,
  );
  expect(await teacher({ speed: 1 })).toMatchInlineSnapshot(
    `"2 error: TMP/config.json: there is no field speed. Known: stage, seed, steps, batch, lr, warmup, decay, ema, P_mean, P_std, dropout, model."`,
  );
  expect(await teacher({ lr: "fast" })).toMatchInlineSnapshot(
    `"2 error: TMP/config.json: lr is "fast"; give a number, above 0."`,
  );
  expect(await teacher({ batch: 2.5 })).toMatchInlineSnapshot(
    `"2 error: TMP/config.json: batch is 2.5; give a whole number, at least 1."`,
  );
  expect(
    await teacher({ model: { unet: { block_out_channels: [8, "8"] } } }),
  ).toMatchInlineSnapshot(
    `"2 error: TMP/config.json: model.unet.block_out_channels is [8,"8"]; give a list, each entry a whole number, at least 1."`,
  );
  expect(await teacher({ model: { unet: { norm_num_groups: 0 } } })).toMatchInlineSnapshot(
    `"2 error: TMP/config.json: model.unet.norm_num_groups is 0; give a whole number, at least 1."`,
  );
  expect(await teacher({ model: { ...TINY, block: 3 } })).toMatchInlineSnapshot(
    `"2 error: the model's unet.sample_size · block is 24; it must be 32."`,
  );
  expect(await failure(...train, "--config", at("none.json"))).toMatchInlineSnapshot(
    `"2 error: There is no config at TMP/none.json. Name the config.json of an earlier run."`,
  );
});

test("the process ends with the code", async () => {
  const { code, out, err } = await run(["paint"]);
  expect([code, out, err]).toEqual([2, "", "error: unknown command 'paint'\n"]);
});
