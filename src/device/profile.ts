/**
 * What a profile says: one row per kernel, and every dispatch on a time line.
 *
 *     fraction = max(FLOP / ceiling FLOP/s, bytes / ceiling bytes/s) / seconds
 *
 * the share of the "roofline" (Williams, Waterman & Patterson 2009): 1 when a kernel computes, or
 * moves bytes, as fast as this adapter was ever seen to. Bytes are those of the bound tensors, each
 * once; a cache can make that faster than the ceiling, which a copy of more than a cache holds sets.
 */
import type { Sample } from "./timed-commands.js";
import { showBytes } from "./units.js";

/** What an adapter reached in `measureCeilings`: multiply-adds, and a copy (read + written). */
export interface Ceilings {
  readonly gflops: number;
  readonly gbs: number;
}

/** All launches of one kernel: ms are milliseconds, gbs 10⁹ bytes/s, gflops 10⁹ operations/s. */
export interface ProfileRow {
  /** The kernel: its shader's name, with its expression where the shader is a family. */
  readonly label: string;
  readonly launches: number;
  readonly ms: number;
  /** Part of the time of all kernels. */
  readonly share: number;
  readonly bytes: number;
  readonly gbs: number;
  /** Where every launch declared its operations. */
  readonly flop: number | undefined;
  readonly gflops: number | undefined;
  /** See above; undefined before `measureCeilings`. */
  readonly fraction: number | undefined;
}

/** A complete event of the Chrome trace format: times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: "X";
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, number | string>>;
}

/** As chrome://tracing, Perfetto and speedscope read it, once written as JSON. */
export interface ChromeTrace {
  readonly displayTimeUnit: "ms";
  readonly traceEvents: readonly TraceEvent[];
}

/** What `device.profile` returns. Times are milliseconds. */
export interface Profile {
  /** Longest first. */
  readonly rows: readonly ProfileRow[];
  /** Time in kernels. */
  readonly totalMs: number;
  /** From the call to the last kernel's end, seen from the host. */
  readonly wallMs: number;
  /** How the time was taken. */
  readonly clock: "timestamps" | "submissions";
  /** The most memory that was live at once. */
  readonly peakBytes: number;
  /** For people. */
  readonly table: string;
  readonly chromeTrace: ChromeTrace;
}

/** What was measured beside the dispatches themselves. */
export const PROFILE_INSIDE = "profile: a profile is being taken already. Await it first.";

export interface ProfileFrame {
  readonly name: string;
  readonly clock: "timestamps" | "submissions";
  readonly wallMs: number;
  readonly peakBytes: number;
  readonly ceilings: Ceilings | undefined;
}

export function summarize(samples: readonly Sample[], frame: ProfileFrame): Profile {
  const { clock, wallMs, peakBytes } = frame;
  const totalMs = samples.reduce((sum, { ms }) => sum + ms, 0);
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const group = groups.get(sample.label);
    if (group) group.push(sample);
    else groups.set(sample.label, [sample]);
  }
  const rows = [...groups]
    .map(([label, group]) => rowOf(label, group, totalMs, frame.ceilings))
    .sort((a, b) => b.ms - a.ms);
  const table = tableOf(rows, totalMs, frame);
  const chromeTrace = traceOf(samples, frame.name);
  return { rows, totalMs, wallMs, clock, peakBytes, table, chromeTrace };
}

function rowOf(
  label: string,
  group: readonly Sample[],
  totalMs: number,
  ceilings: Ceilings | undefined,
): ProfileRow {
  const sum = (f: (sample: Sample) => number): number => group.reduce((s, x) => s + f(x), 0);
  const ms = sum((sample) => sample.ms);
  const bytes = sum((sample) => sample.bytes);
  const declared = group.every((sample) => sample.flop !== undefined);
  const flop = declared ? sum((sample) => sample.flop ?? 0) : undefined;
  const rate = (amount: number): number => (ms > 0 ? amount / ms / 1e6 : 0);
  const gbs = rate(bytes);
  const gflops = flop === undefined ? undefined : rate(flop);
  const fraction = ceilings && Math.max((gflops ?? 0) / ceilings.gflops, gbs / ceilings.gbs);
  const share = totalMs > 0 ? ms / totalMs : 0;
  return { label, launches: group.length, ms, share, bytes, gbs, flop, gflops, fraction };
}

const COLUMNS = ["kernel", "launches", "ms", "share", "MB", "GB/s", "GFLOP/s", "of ceiling"];
const WIDEST = 48;
/** A family's one-line function; what tells its kernels apart is the expression. */
const FUNCTION = /fn .*\{ *return (.*); *\}/;
/** Of a shader that moves words, which word. */
const ALIAS = /alias \w+ = (\w+);/;

function tableOf(rows: readonly ProfileRow[], totalMs: number, frame: ProfileFrame): string {
  const cells = rows.map((row) => [
    shortened(row.label),
    String(row.launches),
    row.ms.toFixed(2),
    percent(row.share),
    (row.bytes / 1e6).toFixed(1),
    row.gbs.toFixed(1),
    row.gflops?.toFixed(1) ?? "",
    row.fraction === undefined ? "" : percent(row.fraction),
  ]);
  const launches = rows.reduce((sum, row) => sum + row.launches, 0);
  const all = [COLUMNS, ...cells, ["total", String(launches), totalMs.toFixed(2)]];
  const widths = COLUMNS.map((_, i) => Math.max(...all.map((line) => line[i]?.length ?? 0)));
  const lines = all.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...footer(frame)].join("\n");
}

function footer({ name, clock, wallMs, peakBytes, ceilings }: ProfileFrame): string[] {
  const how =
    clock === "timestamps"
      ? "by timestamp queries"
      : "by the host's clock, one submission per launch, less an empty one's round trip";
  return [
    `${name}: ${wallMs.toFixed(1)} ms in all, peak memory ${showBytes(peakBytes)}. Timed ${how}.`,
    ceilings
      ? `Ceilings: ${ceilings.gflops.toFixed(1)} GFLOP/s, ${ceilings.gbs.toFixed(1)} GB/s.`
      : "Ceilings: not measured. Run `await measureCeilings(device)` once before.",
  ];
}

function traceOf(samples: readonly Sample[], name: string): ChromeTrace {
  const traceEvents = samples.map(({ label, begin, ms, bytes, flop, groups }): TraceEvent => {
    const args = { adapter: name, groups: groups.join(" × "), bytes };
    return {
      name: shortened(label),
      ph: "X",
      ts: 1000 * begin,
      dur: 1000 * ms,
      pid: 1,
      tid: 1,
      args: flop === undefined ? args : { ...args, flop },
    };
  });
  return { displayTimeUnit: "ms", traceEvents };
}

function shortened(label: string): string {
  const short = label.replace(FUNCTION, "$1").replace(ALIAS, "$1").replaceAll(/\s+/g, " ");
  return short.length > WIDEST ? `${short.slice(0, WIDEST - 1)}…` : short;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)}%`;
}
