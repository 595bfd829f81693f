/** Which kernels a device takes: asked for by name, or measured once and kept in a file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  choiceOf,
  isTuning,
  KERNELS_OPTIONS,
  type Tuning,
  type TuningStore,
} from "../../src/device/kernel-choice.js";
import { openNodeDevice } from "../../src/device/node-device.js";
import { tuningFile } from "../../src/device/node-tuning.js";
import { DEFAULT_RATES } from "../../src/device/rates.js";
import { tuneKernels } from "../../src/ops/shared/tune.js";
import { testDevice } from "../device.js";

const TUNING: Tuning = {
  choice: { family: "workgroup", tiles: { "64x64": 1, "128x128": 0.5 }, cores: 132 },
  rates: { ...DEFAULT_RATES, productGflops: 20_000 },
  sources: "12345678",
};

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tuning-"));
  vi.stubEnv("XDG_CACHE_HOME", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("a file for each adapter", () => {
  test("gives back what was written, and nothing for another adapter", () => {
    const store = tuningFile(["adapter", "driver 1"]);
    expect(store.read()).toBeUndefined();
    store.write(TUNING);
    expect(tuningFile(["adapter", "driver 1"]).read()).toMatchObject(TUNING);
    expect(tuningFile(["adapter", "driver 2"]).read()).toBeUndefined();
  });

  test.each(["", "{", "[]", '{"choice": {"family": "fastest"}}'])(
    "counts as absent when it holds %j, and is written anew",
    (text) => {
      const store = tuningFile(["adapter"]);
      store.write(TUNING);
      writeFileSync(store.path, text);
      expect(store.read()).toBeUndefined();
      store.write(TUNING);
      expect(store.read()).toMatchObject(TUNING);
    },
  );

  test("a folder that cannot be made is no error", () => {
    writeFileSync(join(folder, "file"), "");
    vi.stubEnv("XDG_CACHE_HOME", join(folder, "file"));
    const store = tuningFile(["adapter"]);
    store.write(TUNING);
    expect(store.read()).toBeUndefined();
  });
});

test("a tuning with a tile, a number or a family that cannot be is none", () => {
  const { choice, rates } = TUNING;
  expect(isTuning(TUNING)).toBe(true);
  expect(isTuning({ ...TUNING, choice: { ...choice, tiles: { "7x7": 1 } } })).toBe(false);
  expect(isTuning({ ...TUNING, choice: { ...choice, tiles: {} } })).toBe(false);
  expect(isTuning({ ...TUNING, choice: { ...choice, cores: 0 } })).toBe(false);
  expect(isTuning({ ...TUNING, rates: { ...rates, launchSeconds: null } })).toBe(false);
  expect(isTuning({ ...TUNING, sources: 1 })).toBe(false);
});

test("options name a family, and a tile", () => {
  expect(KERNELS_OPTIONS.map((option) => choiceOf(option, 32).family)).toEqual([
    "subgroup",
    ...["naive", "tiled", "subgroup"],
    ...Array(6).fill("workgroup"),
  ]);
  expect(choiceOf("fast").family).toBe("tiled");
  expect(Object.keys(choiceOf("workgroup 64x64").tiles)).toEqual(["64x64"]);
});

describe("tuneKernels", () => {
  const device = testDevice();
  const storeOf = (kept: { tuning?: Tuning }): TuningStore => ({
    path: "memory",
    read: () => kept.tuning,
    write: (tuning) => {
      kept.tuning = tuning;
    },
  });

  test("measures once, and later takes what the store holds", async () => {
    const kept: { tuning?: Tuning } = {};
    const first = await tuneKernels(device(), { store: storeOf(kept) });
    expect(kept.tuning).toEqual(first);
    expect(isTuning(first)).toBe(true);
    const before = device().stats.dispatches;
    const faster = { ...first, rates: { ...first.rates, productGflops: 123 } };
    await tuneKernels(device(), { store: storeOf({ tuning: faster }) });
    expect(device().rates.productGflops).toBe(123);
    expect(device().stats.dispatches).toBe(before);
  });

  test("measures again when the kernels are others than those of the store", async () => {
    const kept = { tuning: TUNING };
    await tuneKernels(device(), { store: storeOf(kept) });
    expect(kept.tuning.sources).not.toBe(TUNING.sources);
  });
});

test("a device opens with the choice of its file, unless kernels are asked for", async () => {
  vi.stubEnv("HITOFUDE_KERNELS", "");
  const first = await openNodeDevice();
  first.tuning?.write(TUNING);
  first.close();
  const second = await openNodeDevice();
  expect(second.device.choice).toEqual(TUNING.choice);
  expect(second.device.rates).toEqual(TUNING.rates);
  second.close();
  vi.stubEnv("HITOFUDE_KERNELS", "tiled");
  const third = await openNodeDevice();
  expect([third.device.choice.family, third.tuning]).toEqual(["tiled", undefined]);
  third.close();
  const file = JSON.parse(readFileSync(first.tuning?.path ?? "", "utf8"));
  expect(first.device.name).toContain(file.adapter.split(",")[0]);
});

test("HITOFUDE_KERNELS that are none", async () => {
  vi.stubEnv("HITOFUDE_KERNELS", "quick");
  await expect(openNodeDevice()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[UsageError: HITOFUDE_KERNELS is "quick". Choose one of: fast, naive, tiled, subgroup, workgroup, workgroup 32x32, workgroup 64x64, workgroup 64x64x32, workgroup 128x64, workgroup 128x128.]`,
  );
});
