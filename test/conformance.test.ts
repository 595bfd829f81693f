/** Torch's answers, from test/golden/torch.jsonl: neither Python nor torch is needed here. */
import { describe, expect, test } from "vitest";
import type { Answered } from "../scripts/conformance/cases.js";
import { readGolden } from "../scripts/conformance/golden.js";
import { compare, describe as name } from "../scripts/conformance/run.js";
import { assertComplete, ENTRIES, OPS } from "../scripts/conformance/table.js";
import type { GpuDevice } from "../src/device/device.js";
import { ReferenceDevice } from "../src/device/reference.js";
import { testDevice } from "./device.js";

/** The file keeps twelve digits. */
const REFERENCE = 1e-11;
const KERNEL = 1e-5;

const { cases } = readGolden();

test("every op has a golden case, or a reason why not", () => {
  assertComplete(new Set(cases.map(({ op }) => op)));
});

test("every form of every op has a golden case, but for the large ones", () => {
  const written = new Set(cases.map(({ op, form }) => `${op} (${form})`));
  const asked = Object.entries(ENTRIES).flatMap(([op, { forms }]) =>
    Object.keys(forms)
      .filter((form) => form !== "large")
      .map((form) => `${op} (${form})`),
  );
  expect([...written].sort()).toEqual(asked.sort());
});

test("an op that is missing fails by name", () => {
  const all = new Set(cases.map(({ op }) => op));
  all.delete("softmax");
  expect(() => assertComplete(all)).toThrow(/without a case: softmax;/);
});

describe.each(OPS.filter((op) => Object.hasOwn(ENTRIES, op)))("%s equals torch", (op) => {
  const mine = cases.filter((given) => given.op === op);

  test("on the float64 reference", async () => {
    const reference = new ReferenceDevice();
    for (const given of mine) await expectEqual(reference, given, REFERENCE);
  });
});

describe("kernels equal torch", () => {
  const device = testDevice();

  test.each(OPS.filter((op) => Object.hasOwn(ENTRIES, op)))("%s", async (op) => {
    const mine = cases.filter((given) => given.op === op && (!given.f16 || device().f16));
    for (const given of mine) await expectEqual(device(), given, KERNEL);
  });
});

async function expectEqual(
  device: ReferenceDevice | GpuDevice,
  given: Answered,
  tolerance: number,
): Promise<void> {
  const { value, gradient = 0 } = await compare(device, ENTRIES, given);
  expect(value, `value of ${name(given)}`).toBeLessThanOrEqual(tolerance);
  expect(gradient, `gradient of ${name(given)}`).toBeLessThanOrEqual(tolerance);
}
