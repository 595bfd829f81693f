/**
 * Progress on standard error: a bar for people at a terminal, a line now and then for log files.
 */
import { SingleBar } from "cli-progress";

export interface Progress {
  /** `done` may hold a part of a step; `what` is being done, and is shown instead of the speed. */
  update(done: number, values: Readonly<Record<string, number>>, what?: string): void;
  /** A line that stays, above the bar. */
  note(text: string): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  /** Steps that were done before (a resumed run). */
  readonly start: number;
  /** Samples in each step, for samples/s. */
  readonly batch?: number;
  readonly quiet?: boolean;
}

const LINE_EVERY_MS = 15_000;

export function startProgress(options: ProgressOptions): Progress {
  if (options.quiet) return { update: () => {}, note: () => {}, stop: () => {} };
  return process.stderr.isTTY ? barProgress(options) : lineProgress(options);
}

function barProgress(options: ProgressOptions): Progress {
  const { label, total, start } = options;
  const began = Date.now();
  const format = `${label} [{bar}] {count}/{total} · {about} · {left} left`;
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, barsize: 20 });
  bar.start(total, start, { count: start, about: "starting", left: "–" });
  return {
    update: (done, values, what) => {
      const speed = ratePerSecond(began, done - start);
      const left = duration((total - done) / speed);
      const about = what ?? measured(options, values, speed);
      bar.update(done, { count: Math.floor(done), about, left });
    },
    note: (text) => process.stderr.write(`\n${text}\n`),
    stop: () => bar.stop(),
  };
}

function lineProgress(options: ProgressOptions): Progress {
  const { label, total, start } = options;
  const began = Date.now();
  let last = 0;
  return {
    update: (done, values, what) => {
      if (Date.now() - last < LINE_EVERY_MS && done !== total) return;
      last = Date.now();
      const speed = ratePerSecond(began, done - start);
      const left = duration((total - done) / speed);
      const about = what ?? measured(options, values, speed);
      process.stderr.write(`${label} ${Math.floor(done)}/${total} · ${about} · ${left} left\n`);
    },
    note: (text) => process.stderr.write(`${text}\n`),
    stop: () => {},
  };
}

function measured(
  { batch = 1 }: ProgressOptions,
  values: Readonly<Record<string, number>>,
  speed: number,
): string {
  return `${show(values)} · ${(speed * batch).toFixed(1)} samples/s`;
}

function ratePerSecond(began: number, steps: number): number {
  return steps / Math.max(1e-3, (Date.now() - began) / 1000);
}

function show(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${NAMES[name] ?? name} ${value.toPrecision(3)}`)
    .join(" · ");
}

/** How quantities are written for people. */
export const NAMES: Readonly<Record<string, string>> = {
  y: "‖y‖",
  psi_loss: "ψ loss",
  grad_norm: "‖∇‖",
};

/** Seconds as 1h 02m, 3m 20s or 12s. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const s = Math.max(0, Math.round(seconds));
  if (s >= 3600) return `${Math.floor(s / 3600)}h ${pad(Math.floor((s % 3600) / 60))}m`;
  return s >= 60 ? `${Math.floor(s / 60)}m ${pad(s % 60)}s` : `${s}s`;
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
