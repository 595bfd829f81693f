/** Results as text: a block for each row, an engine on each line. */
import { bestPeer, type Result, ratioToBest } from "./results.js";

/** Three digits that count. */
export function digits(x: number | null | undefined): string {
  if (x === null || x === undefined || !Number.isFinite(x)) return "–";
  if (x >= 999.5) return Math.round(x).toLocaleString("en");
  return x.toPrecision(3);
}

export const percent = (x: number | null): string =>
  x === null ? "–" : `${(100 * x).toFixed(x < 0.0995 ? 1 : 0)} %`;

export const errorOf = (x: number | null): string => (x === null ? "–" : x.toExponential(0));

const HEAD = ["", "first ms", "median ms", "±", "min ms", "GFLOP/s", "GB/s", "ceiling", "error"];
const WIDTHS = [34, 10, 11, 8, 10, 10, 9, 9, 9];

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[i] ?? 0)))
    .join("")
    .trimEnd();

function engineLine(result: Result): string {
  const { engine, firstMs, medianMs, spread, minMs, gflops, gbs, relError, ok, error } = result;
  if (error !== undefined) return `  ${engine.padEnd(32)}  broke: ${error}`;
  const cells = [digits(firstMs), digits(medianMs), percent(spread), digits(minMs)];
  const rates = [digits(gflops), digits(gbs), percent(result.ceilingFraction), errorOf(relError)];
  return `${line([`  ${engine}`, ...cells, ...rates])}${ok ? "" : "  WRONG"}`;
}

function noteLines({ notes }: Result): string[] {
  if (!notes) return [];
  return Object.entries(notes).map(([name, value]) => `    ${name}: ${showNote(name, value)}`);
}

export function showNote(name: string, value: number): string {
  if (name.endsWith("Bytes")) return `${(value / 2 ** 20).toFixed(1)} MB`;
  if (name.endsWith("Ms")) return `${digits(value)} ms`;
  return percent(value);
}

/** How this project stands on the row, in words. */
export function verdict(results: readonly Result[]): string {
  const ratio = ratioToBest(results);
  const best = bestPeer(results);
  if (ratio === undefined || !best) return "";
  return ratio >= 1
    ? `${ratio.toFixed(2)}× as fast as the best peer, ${best.engine}`
    : `${(1 / ratio).toFixed(2)}× slower than the best peer, ${best.engine}`;
}

export function rowBlock(name: string, results: readonly Result[]): string {
  const said = verdict(results);
  const lines = results.flatMap((result) => [engineLine(result), ...noteLines(result)]);
  return [`${name}${said === "" ? "" : `: ${said}`}`, ...lines].join("\n");
}

export const tableHead = (): string => line(HEAD);
