/**
 * Compares every op, its gradients and their gradients with torch, on random cases; writes
 * docs/conformance.md and test/golden/torch.jsonl. Where something differs it exits 1 and writes
 * nothing.
 *
 *     PYTHON=/path/to/python npm run conformance        an interpreter that has torch
 *     HITOFUDE_SEED=7, HITOFUDE_ADAPTER=lavapipe        other cases, another adapter
 */
import type { GpuDevice } from "../../src/device/device.js";
import { openNodeDevice } from "../../src/device/node-device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Answered } from "./cases.js";
import { DIFFERENCES } from "./differences.js";
import { writeGolden } from "./golden.js";
import { join, type Row, type Shown, writePage } from "./page.js";
import { compare, describe, type Errors, read, run } from "./run.js";
import { assertComplete, drawCases, ENTRIES } from "./table.js";
import { askTorch, NO_TORCH, torchVersion } from "./torch.js";

const SEED = 1;
const REPEATS = 4;
const TOLERANCES = { reference: 1e-12, kernel: 1e-4 };

const reference = new ReferenceDevice();

async function main(): Promise<void> {
  const torch = torchVersion();
  if (torch === undefined) throw new Error(NO_TORCH);
  const seed = Number(process.env.HITOFUDE_SEED || SEED);
  assertComplete(new Set(Object.keys(ENTRIES)));
  console.log(`conformance: drawing cases, seed ${seed}, and asking torch ${torch}`);
  const cases = askTorch(drawCases({ seed, repeats: REPEATS, small: false, second: true }));
  const golden = askTorch(drawCases({ seed: SEED, repeats: 1, small: true, second: false }));
  const shown = askTorch(DIFFERENCES.map(({ given }) => given));
  const { device, close } = await openNodeDevice();
  try {
    const rows = await compareAll(device, cases);
    const differences = await measured(shown);
    const { name: adapter, f16 } = device;
    writePage({ torch, adapter, f16, seed, rows, differences, tolerances: TOLERANCES });
    writeGolden({ torch, cases: golden });
    console.log("conformance: wrote docs/conformance.md and test/golden/torch.jsonl");
  } finally {
    close();
  }
}

/** The worst errors, op by op. */
async function compareAll(device: GpuDevice, cases: readonly Answered[]) {
  const rows = new Map<string, Row>();
  const failures: string[] = [];
  for (const op of Object.keys(ENTRIES)) {
    const mine = cases.filter((given) => given.op === op);
    const halves = mine.filter(({ f16 }) => !f16 || device.f16);
    const on = async (where: ReferenceDevice | GpuDevice, list: typeof mine) => {
      const tolerance = TOLERANCES[where.kind === "gpu" ? "kernel" : "reference"];
      const errors: Errors[] = [];
      for (const given of list) {
        const found = await compare(where, ENTRIES, given);
        if (!within(found, tolerance)) failures.push(failure(given, where.name, found));
        errors.push(found);
      }
      return join(errors);
    };
    rows.set(op, {
      cases: mine.length,
      reference: await on(reference, mine),
      kernel: halves.length === 0 ? undefined : await on(device, halves),
    });
    console.log(`conformance: ${op}, ${mine.length} cases`);
  }
  if (failures.length > 0) throw new Error(failures.join("\n"));
  return rows;
}

const within = ({ value, gradient = 0, second = 0 }: Errors, tolerance: number): boolean =>
  Math.max(value, gradient, second) <= tolerance;

const failure = (given: Answered, device: string, errors: Errors): string =>
  `conformance: ${describe(given)} on ${device}: errors ${JSON.stringify(errors)}`;

/** The numbers of both sides where the conventions differ. */
async function measured(answered: readonly Answered[]): Promise<Shown[]> {
  const found: Shown[] = [];
  for (const [i, { where, why, shows }] of DIFFERENCES.entries()) {
    using _scope = reference.scope();
    const given = answered[i]!;
    const { value, gradients } = run(reference, ENTRIES, given);
    const ours = [...Array.from(await read(shows === "value" ? value : gradients[0]!))];
    const theirs = ((shows === "value" ? given.answer.value : given.answer.gradients[0]) ?? []).map(
      Number,
    );
    const at = [...ours.keys()].filter((k) => ours[k] !== theirs[k]);
    if (at.length === 0) throw new Error(`conformance: no difference any more: ${where}. Drop it.`);
    const list = (numbers: readonly number[]): string => at.map((k) => numbers[k]).join(", ");
    found.push({ where, why, ours: list(ours), theirs: list(theirs) });
  }
  return found;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
