/** What is kept of a measurement: one entry for each row and engine. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NO_PEER, ON_PROCESSOR, OWN } from "./peers/names.js";
import type { Ceilings } from "./protocol.js";
import type { Notes, Row } from "./rows/row.js";
import type { Summary } from "./statistics.js";

export interface Result {
  readonly row: string;
  readonly adapter: string;
  readonly engine: string;
  readonly firstMs: number | null;
  readonly medianMs: number | null;
  readonly minMs: number | null;
  readonly spread: number | null;
  readonly samples: number;
  readonly gflops: number | null;
  readonly gbs: number | null;
  readonly ceilingFraction: number | null;
  readonly relError: number | null;
  readonly ok: boolean;
  /** Why there is no time. */
  readonly error?: string;
  readonly notes?: Notes;
}

/** The two rows that hold the ceilings of their run. */
export const FMA = "ceiling: multiply-add";
export const COPY = "ceiling: copy";

export interface Timed extends Summary {
  readonly firstMs: number;
  readonly relError: number;
  readonly ok: boolean;
  readonly notes?: Notes;
}

/** A time with the rates that follow from what the row does. */
export function resultOf(row: Row, engine: string, ceilings: Ceilings, timed: Timed): Result {
  const { medianMs, minMs, spread, samples, firstMs, relError, ok, notes } = timed;
  const rate = (amount: number | undefined) =>
    amount === undefined ? null : amount / medianMs / 1e6;
  const [gflops, gbs] = [rate(row.flop), rate(row.bytes)];
  const fraction = Math.max((gflops ?? 0) / ceilings.gflops, (gbs ?? 0) / ceilings.gbs);
  return {
    ...{ row: row.name, adapter: ceilings.name, engine, firstMs, medianMs, minMs, spread, samples },
    ...{ gflops, gbs, relError: Number.isFinite(relError) ? relError : null, ok },
    ceilingFraction: fraction > 0 && !ON_PROCESSOR.has(engine) ? fraction : null,
    ...(notes && { notes }),
  };
}

const NOTHING = {
  firstMs: null,
  medianMs: null,
  minMs: null,
  spread: null,
  samples: 0,
  gflops: null,
  gbs: null,
  ceilingFraction: null,
  relError: null,
} as const;

/** An engine that broke on a row that it should be able to do. */
export function brokenResult(row: string, adapter: string, engine: string, error: string): Result {
  return { row, adapter, engine, ...NOTHING, ok: false, error };
}

export function ceilingResults({ name, gflops, gbs }: Ceilings): Result[] {
  const common = { adapter: name, engine: "hitofude", ...NOTHING, ok: true };
  return [
    { ...common, row: FMA, gflops },
    { ...common, row: COPY, gbs },
  ];
}

/** The fastest right result of a peer that runs on the adapter. */
export function bestPeer(results: readonly Result[]): Result | undefined {
  return results
    .filter(({ engine, ok }) => ok && !OWN.has(engine) && !NO_PEER.has(engine))
    .filter(({ medianMs }) => medianMs !== null)
    .sort((a, b) => (a.medianMs ?? 0) - (b.medianMs ?? 0))[0];
}

/** How many times as fast as the best peer: above 1 this project is ahead. */
export function ratioToBest(results: readonly Result[]): number | undefined {
  const own = results.find(({ engine, ok }) => engine === "hitofude" && ok)?.medianMs;
  const best = bestPeer(results)?.medianMs;
  return own && best ? best / own : undefined;
}

/** In the order in which rows first appear. */
export function byRow(results: readonly Result[]): ReadonlyMap<string, readonly Result[]> {
  const rows = new Map<string, Result[]>();
  for (const result of results) {
    const list = rows.get(result.row);
    if (list) list.push(result);
    else rows.set(result.row, [result]);
  }
  return rows;
}

const FOLDER = fileURLToPath(new URL("results/", import.meta.url));

export const pathOf = (file: string): string => join(FOLDER, `${file}.json`);

export function readResults(path: string): Result[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Result[]) : [];
}

/** Entries of the rows and engines that were measured anew replace the old ones. */
export function merge(old: readonly Result[], fresh: readonly Result[]): Result[] {
  const key = ({ row, engine }: Result): string => `${row}\n${engine}`;
  const added = new Map(fresh.map((result) => [key(result), result]));
  const kept = old.map((result) => {
    const replacement = added.get(key(result));
    added.delete(key(result));
    return replacement ?? result;
  });
  return [...kept, ...added.values()];
}

export function writeResults(path: string, results: readonly Result[]): void {
  mkdirSync(FOLDER, { recursive: true });
  const lines = results.map((result) => `  ${JSON.stringify(result)}`);
  writeFileSync(path, `[\n${lines.join(",\n")}\n]\n`);
}

/** All results by the name of their file. */
export function allResults(): ReadonlyMap<string, Result[]> {
  const names = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
  const files = names.filter((name) => name.endsWith(".json")).sort();
  return new Map(
    files.map((name) => [name.slice(0, -".json".length), readResults(join(FOLDER, name))]),
  );
}
