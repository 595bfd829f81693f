/**
 * npm run bench -- [--quick] [--rows matmul,unet] [--adapter lavapipe] [--json] [--save]
 *
 *     --quick      the short list, under a minute on a software adapter
 *     --rows       rows whose names contain one of these words
 *     --adapter    auto, hardware, lavapipe or swiftshader
 *     --json       one object on standard output
 *     --save       also writes benchmarks/results/<adapter>.json
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  HitofudeError,
  type NodeDevice,
  openNodeDevice,
  UsageError,
  writeFile,
} from "../src/node.js";
import { type Effort, type Measured, measureRow, type Timing } from "./measure.js";
import { ROWS, type Row } from "./rows.js";

const FULL: Effort = { quick: false, rounds: 11, sampleMs: 100 };
const QUICK: Effort = { quick: true, rounds: 3, sampleMs: 30 };

const OPTIONS = {
  quick: { type: "boolean", default: false },
  rows: { type: "string" },
  adapter: { type: "string" },
  json: { type: "boolean", default: false },
  save: { type: "boolean", default: false },
} as const;

const COLUMNS = [26, 11, 8, 10, 12, 8] as const;

function chosenRows(words: string | undefined, quick: boolean): readonly Row[] {
  const wanted = words?.split(",").map((word) => word.trim());
  const rows = wanted
    ? ROWS.filter(({ name }) => wanted.some((word) => name.includes(word)))
    : ROWS.filter((row) => row.quick || !quick);
  if (rows.length > 0) return rows;
  throw new UsageError(
    `There is no row ${words}. Choose from: ${ROWS.map(({ name }) => name).join("; ")}.`,
  );
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(COLUMNS[i] ?? 0) : cell.padStart(COLUMNS[i] ?? 0)))
    .join("");
}

function show({ name, fast, naive, gflops, ratio }: Measured): string {
  const ms = ({ median }: Timing): string => median.toPrecision(3);
  return line([
    name,
    ms(fast),
    `±${(100 * fast.spread).toFixed(0)} %`,
    gflops?.toFixed(1) ?? "–",
    naive ? ms(naive) : "–",
    ratio ? `${ratio.toFixed(1)}×` : "–",
  ]);
}

async function open(adapter: string | undefined): Promise<readonly [NodeDevice, NodeDevice]> {
  const choice = adapter === undefined ? {} : { adapter };
  const fast = await openNodeDevice(choice);
  return [fast, await openNodeDevice({ ...choice, kernels: "naive" })];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const rows = chosenRows(values.rows, values.quick);
  const [fast, naive] = await open(values.adapter);
  const say = values.json ? () => {} : (text: string) => console.log(text);
  try {
    say(`adapter: ${fast.device.name}`);
    say(line(["", "fast, ms", "spread", "GFLOP/s", "naive, ms", "ratio"]));
    const results: Measured[] = [];
    for (const row of rows) {
      const devices = { fast: fast.device, naive: naive.device };
      const measured = await measureRow(row, devices, values.quick ? QUICK : FULL);
      results.push(measured);
      say(show(measured));
    }
    const report = { adapter: fast.device.name, quick: values.quick, rows: results };
    if (values.json) console.log(JSON.stringify(report));
    if (values.save) save(fast, report);
  } finally {
    naive.close();
    fast.close();
  }
}

function save({ adapter }: NodeDevice, report: object): void {
  const { vendor, architecture, device } = adapter.info;
  const name = [vendor, architecture, device]
    .join("-")
    .replace(/[^\w.]+/g, "-")
    .toLowerCase();
  const path = fileURLToPath(new URL(`results/${name}.json`, import.meta.url));
  writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  console.error(`written: ${path}`);
}

main().catch((error: unknown) => {
  // parseArgs throws a TypeError with a code for a flag that it does not know.
  const flag = error instanceof TypeError && "code" in error;
  const known = flag || error instanceof HitofudeError;
  console.error(known ? error.message : error);
  process.exitCode = flag || error instanceof UsageError ? 2 : 1;
});
