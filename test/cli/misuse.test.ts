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
  expect(await failure("train", "align", "--divergence", "l3")).toMatchInlineSnapshot(
    `"2 error: option '--divergence <name>' argument 'l3' is invalid. Give one of: pseudo-huber, l2, kl, sid."`,
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
