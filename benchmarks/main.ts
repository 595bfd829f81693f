/** `npm run bench`: see options.ts for what it can be asked, README.md for how it measures. */
import { duration } from "../src/cli/progress.js";
import { HitofudeError, UsageError } from "../src/node.js";
import { Fleet, FULL, type Measuring, measureRow, QUICK } from "./measure.js";
import { type Asked, HELP, parse } from "./options.js";
import type { Ceilings } from "./protocol.js";
import { writeReport } from "./report.js";
import {
  ceilingResults,
  merge,
  pathOf,
  type Result,
  readResults,
  writeResults,
} from "./results.js";
import type { Row } from "./rows/row.js";
import { digits, rowBlock, tableHead } from "./table.js";

const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function measureAll(asked: Asked): Promise<void> {
  const { rows, engines, missing, adapter, quick, json, ladder } = asked;
  if (missing.length > 0) {
    note(`Not installed: ${missing.join(", ")}. npm --prefix benchmarks ci --ignore-scripts`);
  }
  const effort = quick ? QUICK : FULL;
  const fleet = new Fleet(adapter);
  const interrupt = (): never => {
    fleet.close();
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    const ceilings = await (await fleet.get("hitofude")).ask<Ceilings>({ do: "ceilings" });
    const path = pathOf(`${ceilings.file}${ladder ? ".ladder" : ""}`);
    const measuring = { fleet, ceilings, effort, engines, say: note };
    const results = await measureRows(left(rows, asked, path), measuring, asked, path);
    if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
    if (asked.save) note(`written: ${path}`);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    fleet.close();
  }
}

/** The rows that a half-done file does not have. */
function left(rows: readonly Row[], { resume }: Asked, path: string): readonly Row[] {
  if (!resume) return rows;
  const done = new Set(readResults(path).map(({ row }) => row));
  return rows.filter(({ name }) => !done.has(name));
}

async function measureRows(
  rows: readonly Row[],
  measuring: Measuring,
  { json, save }: Asked,
  path: string,
): Promise<Result[]> {
  const { ceilings } = measuring;
  const say = (text: string): void => void (json || process.stdout.write(`${text}\n`));
  say(`adapter: ${ceilings.name}`);
  say(`ceilings: ${digits(ceilings.gflops)} GFLOP/s, ${digits(ceilings.gbs)} GB/s\n`);
  say(tableHead());
  const results = ceilingResults(ceilings);
  const began = Date.now();
  for (const [i, row] of rows.entries()) {
    const mean = i === 0 ? Number.NaN : (Date.now() - began) / 1000 / i;
    note(`${i + 1}/${rows.length} ${row.name} · ${duration(mean * (rows.length - i))} left`);
    const measured = await measureRow(row, measuring);
    results.push(...measured);
    if (measured.length > 0) say(rowBlock(row.name, measured));
    if (save) writeResults(path, merge(readResults(path), results));
  }
  return results;
}

async function main(): Promise<void> {
  const asked = parse(process.argv.slice(2));
  if (asked.instead === "help") console.log(HELP);
  else if (asked.instead === "report") console.log(`written: ${writeReport()}`);
  else if (asked.instead === "list") {
    for (const { name, family } of asked.rows) console.log(`${family.padEnd(12)} ${name}`);
  } else await measureAll(asked);
}

main().catch((error: unknown) => {
  // parseArgs throws a TypeError with a code for a flag that it does not know.
  const flag = error instanceof TypeError && "code" in error;
  const known = flag || error instanceof HitofudeError;
  console.error(known ? error.message : error);
  process.exitCode = flag || error instanceof UsageError ? 2 : 1;
});
