import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { loadModel, loadRun, saveModel, saveRun } from "../../src/io/node-checkpoint.js";
import { writeSafeTensors } from "../../src/io/safetensors.js";
import { tensor } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";

const device = testDevice();
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hitofude-run-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const config = { lr: 0.1, unet: { block_out_channels: [4, 8], name: "一筆" }, seed: null };
const counters = { steps: 12, samples: 2 ** 40 };

function messageOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message.replaceAll(folder, "FOLDER");
  }
  return "no error";
}

test("a run comes back bit for bit, with its config and counters", async () => {
  using _scope = device().scope();
  const w = values(1, 15, -3, 3);
  const tensors = new Map([
    ["net.params.w", tensor(device(), w, [3, 5])],
    ["net.ids", tensor(device(), Uint32Array.of(7, 0xffffffff))],
    ["net.empty", tensor(device(), [], [0, 3])],
  ]);
  await saveRun(join(folder, "run"), { tensors, config, counters });
  const back = loadRun(join(folder, "run"));
  expect(back.config).toEqual(config);
  expect(back.counters).toEqual(counters);
  expect([...back.tensors.keys()]).toEqual([...tensors.keys()]);
  expect(back.tensors.get("net.params.w")).toEqual({ shape: [3, 5], values: w });
  expect(back.tensors.get("net.ids")?.values).toEqual(Uint32Array.of(7, 0xffffffff));
  expect(back.tensors.get("net.empty")?.shape).toEqual([0, 3]);
  expect(readdirSync(join(folder, "run")).sort()).toEqual(["config.json", "state.safetensors"]);
  const text = readFileSync(join(folder, "run/config.json"), "utf8");
  expect(JSON.parse(text)).toEqual(config);
  expect(text).toContain('\n  "lr": 0.1,\n');
});

test("saving again replaces the run", async () => {
  using _scope = device().scope();
  const run = (v: number) => ({
    tensors: new Map([["x", tensor(device(), [v])]]),
    config,
    counters,
  });
  await saveRun(folder, run(1));
  await saveRun(folder, run(2));
  expect([...(loadRun(folder).tensors.get("x")?.values ?? [])]).toEqual([2]);
});

test("a model is saved exactly, or with half the bytes", async () => {
  using _scope = device().scope();
  const w = values(2, 1000);
  const tensors = new Map([["w", tensor(device(), w, [10, 100])]]);
  const path = (name: string): string => join(folder, name);
  await saveModel(path("full"), tensors, { title: "t" }, "F32");
  await saveModel(path("half"), tensors, { title: "t" }, "F16");
  expect(loadModel(path("full")).tensors.get("w")?.values).toEqual(w);
  expect(loadModel(path("full")).metadata).toEqual({ title: "t" });
  const half = loadModel(path("half")).tensors.get("w")?.values ?? new Float32Array();
  half.forEach((v, i) => {
    expect(Math.abs(v - (w[i] ?? 0))).toBeLessThanOrEqual(2 ** -11 * Math.abs(w[i] ?? 0));
  });
  const sizes = ["full", "half"].map((name) => readFileSync(path(name)).length);
  expect((sizes[0] ?? 0) - (sizes[1] ?? 0)).toBe(2000);
});

test("missing, damaged and foreign files give one clear line", async () => {
  using _scope = device().scope();
  const missing = messageOf(() => loadRun(folder));
  await saveRun(folder, { tensors: new Map([["x", tensor(device(), [1])]]), config, counters });
  const path = join(folder, "state.safetensors");
  const whole = readFileSync(path);
  const errors = [missing];
  for (const bytes of [
    whole.subarray(0, whole.length - 2),
    whole.subarray(0, 20),
    new TextEncoder().encode("%PDF-1.7 is another format"),
    writeSafeTensors(new Map(), { title: "a model" }),
    writeSafeTensors(new Map(), { format: "hitofude-run-1", config: "{", counters: "{}" }),
  ]) {
    writeFileSync(path, bytes);
    errors.push(messageOf(() => loadRun(folder)));
  }
  expect(errors).toMatchInlineSnapshot(`
    [
      "FOLDER/state.safetensors cannot be read (it does not exist). Check the path.",
      "FOLDER/state.safetensors is no readable safetensors file: x ends at byte 4 of 2: the file is cut off. Restore it, or name another one.",
      "FOLDER/state.safetensors is no readable safetensors file: its header claims 256 bytes, the file has 20. Restore it, or name another one.",
      "FOLDER/state.safetensors is no readable safetensors file: its header claims 3976169591536898000 bytes, the file has 26. Restore it, or name another one.",
      "FOLDER/state.safetensors holds tensors, but no saved run (format not given, expected hitofude-run-1). Name the folder of a run.",
      "FOLDER/state.safetensors is damaged: its config or its counters are no JSON. Restore it, or start again.",
    ]
  `);
  for (const message of errors) expect(message).not.toContain("\n");
});
