/**
 * A sweep on standard error: a table that is drawn again in place for people at a terminal, a line now
 * and then for log files.
 */
import type { Counts } from "../lab/sweep/state.js";
import { duration } from "./progress.js";

export interface Snapshot {
  readonly counts: readonly Counts[];
  /** What each worker is doing. */
  readonly running: readonly { readonly name: string; readonly part: number }[];
  /** Seconds until the end. */
  readonly left: number;
}

export interface SweepDisplay {
  note(text: string): void;
  stop(): void;
}

export interface DisplayOptions {
  readonly label: string;
  readonly quiet: boolean;
  readonly snapshot: () => Snapshot;
}

const DRAW_EVERY_MS = 250;
const LINE_EVERY_MS = 15_000;

export function startDisplay(options: DisplayOptions): SweepDisplay {
  if (options.quiet) return { note: () => {}, stop: () => {} };
  return process.stderr.isTTY ? liveTable(options) : lines(options);
}

function lines({ label, snapshot }: DisplayOptions): SweepDisplay {
  const print = (): boolean => process.stderr.write(`${summaryLine(label, snapshot())}\n`);
  print();
  const timer = setInterval(print, LINE_EVERY_MS);
  return {
    note: (text) => process.stderr.write(`${text}\n`),
    stop: () => clearInterval(timer),
  };
}

function liveTable({ label, snapshot }: DisplayOptions): SweepDisplay {
  let height = 0;
  const clear = (): string => (height > 0 ? `\x1b[${height}A\x1b[0J` : "");
  const draw = (): void => {
    const { columns = 100, rows = 30 } = process.stderr;
    const table = tableLines(label, snapshot(), { columns, rows });
    process.stderr.write(`${clear()}${table.join("\n")}\n`);
    height = table.length;
  };
  draw();
  const timer = setInterval(draw, DRAW_EVERY_MS);
  return {
    note: (text) => {
      process.stderr.write(`${clear()}${text}\n`);
      height = 0;
      draw();
    },
    stop: () => {
      clearInterval(timer);
      draw();
    },
  };
}

/** Lines that fit into a terminal: the sum, settings, and what each worker does. */
export function tableLines(
  label: string,
  snapshot: Snapshot,
  { columns, rows }: { columns: number; rows: number },
): string[] {
  const { counts, running } = snapshot;
  const room = Math.max(1, rows - running.length - 5);
  const unfinished = (one: Counts): boolean => one.done + one.failed < one.total;
  // Where not all fit, those that something happens in.
  const shown = counts.length <= room ? counts : counts.filter(unfinished).slice(0, room - 1);
  const hidden = counts.length - shown.length;
  const cells = [
    ["setting", "done", "running", "failed", "of", "left"],
    ...shown.map((one) => [
      one.label || "(one setting)",
      ...[one.done, one.running, one.failed, one.total].map(String),
      unfinished(one) ? duration(one.left) : "–",
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, i) =>
    Math.max(...cells.map((row) => row[i]?.length ?? 0)),
  );
  // Numbers are never cut off, a long setting is.
  const numbers = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  const first = Math.max(8, Math.min(widths[0] ?? 0, columns - 1 - numbers));
  const table = cells.map(([name = "", ...rest]) =>
    [
      cut(name, first).padEnd(first),
      ...rest.map((cell, i) => cell.padStart(widths[i + 1] ?? 0)),
    ].join("  "),
  );
  return [
    summaryLine(label, snapshot),
    ...table,
    ...(hidden > 0 ? [`… ${hidden} more settings`] : []),
    ...running.map(({ name, part }) => `${String(Math.floor(part * 100)).padStart(3)} %  ${name}`),
  ].map((line) => cut(line, columns - 1));
}

function summaryLine(label: string, { counts, left }: Snapshot): string {
  const sum = (pick: (one: Counts) => number): number => counts.reduce((a, b) => a + pick(b), 0);
  const failed = sum((one) => one.failed);
  return [
    `${label} ${sum((one) => one.done)}/${sum((one) => one.total)} arms`,
    `${sum((one) => one.running)} running`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${duration(left)} left`,
  ].join(" · ");
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}
