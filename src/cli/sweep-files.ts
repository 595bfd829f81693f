/**
 * A sweep's folder.
 *
 *     sweep.json        the plan; `--config` takes it back
 *     jobs.jsonl        one line for each job that ended, synced: what a kill leaves
 *     results.jsonl     the tidy table, one row for each point; made from jobs.jsonl
 *     results.parquet   the same
 *     sweep.html        progress, failures, curves; a browser reads it again while the sweep runs
 *     lock.json         the process that works here
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors.js";
import { readJson, writeFile } from "../io/node-files.js";
import { encodeParquet } from "../io/parquet.js";
import type { AnyExperiment, Row } from "../lab/experiment.js";
import type { Json } from "../lab/json.js";
import { renderHtml } from "../lab/report/html.js";
import type { Report } from "../lab/report/report.js";
import {
  type JobDescription,
  jobId,
  type Outcome,
  type OutcomeLine,
} from "../lab/sweep/description.js";
import type { Config, SweepPlan } from "../lab/sweep/plan.js";
import { type FinishedJob, tidyRows } from "../lab/sweep/rows.js";
import { differences, isTable } from "./config.js";
import { JsonLines, readJsonLines } from "./json-lines.js";

const REFRESH_SECONDS = 5;

export class SweepFiles {
  readonly out: string;
  readonly experiment: AnyExperiment;
  readonly finished = new Map<string, FinishedJob>();
  private readonly rowsOf = new Map<string, readonly Row[]>();
  private readonly file: JsonLines<OutcomeLine>;

  constructor(out: string, experiment: AnyExperiment) {
    this.out = out;
    this.experiment = experiment;
    this.file = new JsonLines(join(out, "jobs.jsonl"), outcomeLine);
    for (const line of this.file.lines) this.keep(line);
  }

  append({ results: _, ...job }: JobDescription, outcome: Outcome): void {
    const line = { ...job, ...outcome };
    this.file.append(line);
    this.keep(line);
  }

  /** In an order that does not depend on which job ended first. */
  get rows(): Row[] {
    const ids = [...this.rowsOf.keys()].sort();
    return ids.flatMap((id) => this.rowsOf.get(id) ?? []);
  }

  write(rows: readonly Row[], page: Report, running: boolean): void {
    const { out, experiment } = this;
    const fields = Object.entries(experiment.fields).filter(([, { whole }]) => whole);
    const whole = new Set(["point", ...fields.map(([name]) => name)]);
    writeFile(join(out, "results.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    writeFile(join(out, "results.parquet"), encodeParquet(rows, whole));
    const refresh = running ? { refresh: REFRESH_SECONDS } : {};
    writeFile(join(out, "sweep.html"), renderHtml(page, refresh));
  }

  private keep(line: OutcomeLine): void {
    if (!("result" in line) || line.experiment !== this.experiment.name) return;
    const { config, job } = line;
    const id = jobId(line.experiment, config, job);
    this.finished.set(id, line);
    this.rowsOf.set(id, tidyRows(line, this.experiment.open(config)));
  }
}

/** What a folder holds, for those who only look: nothing is locked or mended. */
export function finishedIn(out: string): FinishedJob[] {
  const lines = readJsonLines(join(out, "jobs.jsonl"), outcomeLine);
  return lines.flatMap((line) => ("result" in line ? [line] : []));
}

export function outcomeLine(table: Readonly<Record<string, unknown>>): OutcomeLine | undefined {
  const { format, id, experiment, config, job, seconds, result, error } = table;
  const texts = [format, id, experiment, job].every((text) => typeof text === "string");
  if (!texts || !isTable(config) || typeof seconds !== "number") return undefined;
  const line = { format, id, experiment, config: config as Config, job, seconds } as const;
  if (typeof error === "string") return { ...line, error } as OutcomeLine;
  return result === undefined ? undefined : ({ ...line, result: result as Json } as OutcomeLine);
}

/** A folder holds one experiment; another plan for it is taken when the person says so. */
export function keepPlan(out: string, plan: SweepPlan, extend: boolean): void {
  const path = join(out, "sweep.json");
  if (existsSync(path)) {
    const before = readJson(path);
    const changed = differences(before, plan);
    if (changed.length === 0) return;
    const same = isTable(before) && before.experiment === plan.experiment;
    if (!same || !extend) {
      const add = same ? "to add this one to it, give --extend; " : "";
      throw new UsageError(
        `${out} holds another sweep (${changed.join("; ")}). To go on with it, give --config ${path} ` +
          `alone; ${add}for a new one, give another --out.`,
      );
    }
  }
  writeFile(path, `${JSON.stringify(plan, null, 2)}\n`);
}
