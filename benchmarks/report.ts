/** `npm run bench -- --report`: benchmarks/results/*.json as docs/performance.md and rooflines. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { allResults, bestPeer, byRow, COPY, FMA, type Result, ratioToBest } from "./results.js";
import { type Point, type Roof, rooflineSvg } from "./roofline.js";
import { ROWS } from "./rows/index.js";
import { digits, percent, showNote } from "./table.js";

const DOCS = fileURLToPath(new URL("../docs/", import.meta.url));
/** Beside an adapter's results may lie a text that says under what conditions they were taken. */
const RESULTS = fileURLToPath(new URL("results/", import.meta.url));

const INTRODUCTION = `# Performance

Made by \`npm run bench -- --report\` from \`benchmarks/results/\`; do not edit. How it is measured,
and how each peer is run, stands in [benchmarks/README.md](../benchmarks/README.md). Times are
medians of one call; a result that differs from the float64 reference is marked wrong and does not
count. **Ratio** is the best peer's time through this project's: above 1 this project is ahead.
`;

/** A line of a Markdown table. */
const cells = (...list: readonly string[]): string => `| ${list.join(" | ")} |`;

function engineCell(result: Result | undefined): string {
  if (!result) return "–";
  if (result.error !== undefined) return "broke";
  return `${digits(result.medianMs)}${result.ok ? "" : " (wrong)"}`;
}

/** Rows against engines, in milliseconds. */
export function timesTable(results: readonly Result[]): string {
  const engines = [...new Set(results.map(({ engine }) => engine))];
  const head = cells("row, ms", ...engines, "ratio", "of the ceiling", "first call");
  const rule = cells("---", ...engines.map(() => "---:"), "---:", "---:", "---:");
  const lines = [...byRow(results)].map(([name, list]) => {
    const own = list.find(({ engine }) => engine === "hitofude");
    const ratio = ratioToBest(list);
    const times = engines.map((engine) => engineCell(list.find((each) => each.engine === engine)));
    const shown = ratio === undefined ? "–" : `${ratio.toFixed(2)}×`;
    return cells(
      name,
      ...times,
      shown,
      percent(own?.ceilingFraction ?? null),
      digits(own?.firstMs),
    );
  });
  return [head, rule, ...lines].join("\n");
}

/** What is won and what is lost, both by name. */
export function standings(results: readonly Result[]): string {
  const all = [...byRow(results)].flatMap(([name, list]) => {
    const ratio = ratioToBest(list);
    const best = bestPeer(list);
    return ratio === undefined || !best ? [] : [{ name, ratio, best: best.engine }];
  });
  const list = (some: typeof all): string =>
    some
      .sort((a, b) => a.ratio - b.ratio)
      .map(({ name, ratio, best }) => `- ${name}: ${ratio.toFixed(2)}× (${best})`)
      .join("\n") || "- none";
  return (
    `Behind the best peer:\n\n${list(all.filter(({ ratio }) => ratio < 1))}\n\n` +
    `Ahead of it:\n\n${list(all.filter(({ ratio }) => ratio >= 1))}`
  );
}

function notesTable(results: readonly Result[]): string {
  const noted = results.filter(({ engine, notes }) => engine === "hitofude" && notes);
  if (noted.length === 0) return "";
  const names = [...new Set(noted.flatMap(({ notes }) => Object.keys(notes ?? {})))];
  const lines = noted.map(({ row, notes }) =>
    cells(row, ...names.map((name) => (notes ? showNote(name, notes[name] ?? Number.NaN) : "–"))),
  );
  const rule = cells("---", ...names.map(() => "---:"));
  return (
    "\nTraining steps: time in kernels by the adapter's clock, time of the captured step, what " +
    "it takes beyond its kernels, the most memory live at once, and the least that must be:\n\n" +
    `${[cells("row", ...names), rule, ...lines].join("\n")}\n`
  );
}

export function roofOf(results: readonly Result[]): Roof | undefined {
  const gflops = results.find(({ row }) => row === FMA)?.gflops;
  const gbs = results.find(({ row }) => row === COPY)?.gbs;
  return gflops && gbs ? { gflops, gbs } : undefined;
}

/** Points of the rows that say what they do; right results on the adapter only. */
export function pointsOf(results: readonly Result[]): Point[] {
  return results.flatMap(({ row, engine, ok, gflops, ceilingFraction }) => {
    const { flop, bytes } = ROWS.find(({ name }) => name === row) ?? {};
    if (!ok || !gflops || !flop || !bytes || ceilingFraction === null) return [];
    return [{ label: row, series: engine, intensity: flop / bytes, gflops }];
  });
}

function section(file: string, results: readonly Result[]): string {
  const adapter = results[0]?.adapter ?? file;
  const measured = results.filter(({ row }) => row !== FMA && row !== COPY);
  const ladder = file.endsWith(".ladder");
  const roof = roofOf(results);
  const parts = [`## ${adapter}${ladder ? ": every variant of the kernels" : ""}\n`];
  const conditions = join(RESULTS, `${file}.md`);
  if (existsSync(conditions)) parts.push(readFileSync(conditions, "utf8"));
  if (roof && !ladder) {
    const picture = `pictures/roofline-${file}.svg`;
    const path = join(DOCS, picture);
    mkdirSync(join(DOCS, "pictures"), { recursive: true });
    writeFileSync(path, rooflineSvg(`Roofline: ${adapter}`, roof, pointsOf(results)));
    parts.push(
      `Ceilings, measured in the same run: ${digits(roof.gflops)} GFLOP/s by a loop of ` +
        `multiply-adds, ${digits(roof.gbs)} GB/s by a copy.\n\n![Roofline](${picture})\n`,
    );
  }
  if (!ladder) parts.push(`${standings(measured)}\n`);
  parts.push(`${timesTable(measured)}\n${notesTable(measured)}`);
  return parts.join("\n");
}

/** Writes docs/performance.md and its pictures; returns the path. */
export function writeReport(): string {
  const sections = [...allResults()].map(([file, results]) => section(file, results));
  const text = sections.length > 0 ? sections.join("\n") : "Nothing has been measured yet.\n";
  const path = join(DOCS, "performance.md");
  writeFileSync(path, `${INTRODUCTION}\n${text}`);
  return path;
}
