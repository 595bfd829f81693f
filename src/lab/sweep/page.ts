/** A sweep as a page: how far it is, what failed, and its rows as curves. */
import type { AnyExperiment } from "../experiment.js";
import type { Report, Section } from "../report/report.js";
import { curvesOf, type Plotted } from "./figures.js";
import type { Counts, Failure } from "./state.js";

export interface SweepPage extends Plotted {
  readonly experiment: AnyExperiment;
  readonly counts: readonly Counts[];
  readonly failures: readonly Failure[];
  /** A sentence on the time. */
  readonly time: string;
  /** Seconds as people read them. */
  readonly duration: (seconds: number) => string;
}

const MOST_FAILURES = 50;

export function sweepReport(page: SweepPage): Report {
  const { experiment, counts, failures, time } = page;
  const sum = (pick: (one: Counts) => number): number => counts.reduce((a, b) => a + pick(b), 0);
  const failed = failures.length > 0 ? `, ${failures.length} failed` : "";
  const sections = [
    progress(page),
    ...(failures.length > 0 ? [failureTable(failures)] : []),
    ...curvesOf(page),
  ];
  return {
    title: `Sweep of ${experiment.name}`,
    lead: [
      `**${sum(({ done }) => done)} of ${sum(({ total }) => total)} arms**${failed}. ${time}`,
      "All numbers are in results.jsonl and results.parquet, one row for each point.",
    ],
    sections,
    data: null,
  };
}

function progress({ counts, duration }: SweepPage): Section {
  const head = ["setting", "seeds", "done", "running", "failed", "of", "work left"];
  const rows = counts.map((one) => [
    one.label || "all as in sweep.json",
    ...[one.seeds, one.done, one.running, one.failed, one.total].map(String),
    one.done + one.failed === one.total ? "–" : duration(one.left),
  ]);
  return { title: "Progress", table: { head, rows } };
}

function failureTable(failures: readonly Failure[]): Section {
  const more = failures.length - MOST_FAILURES;
  return {
    title: "Failures",
    text: [
      `The same command tries them again.${more > 0 ? ` ${more} more are in jobs.jsonl.` : ""}`,
    ],
    table: {
      head: ["arm", "what happened"],
      rows: failures.slice(0, MOST_FAILURES).map(({ id, error }) => [id, error]),
    },
  };
}
