/**
 * `hitofude sweep`: an experiment's arms over many settings and seeds, on all cores. Every job that
 * ends is written down before the next one begins, so that whatever ends the sweep costs the jobs that
 * were under way.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { UsageError } from "../errors.js";
import { writeFile } from "../io/node-files.js";
import { experimentOf, type JobDescription, type Outcome } from "../lab/sweep/description.js";
import { sweepReport } from "../lab/sweep/page.js";
import { type SweepPlan, settingsOf } from "../lab/sweep/plan.js";
import { SweepState, shortName } from "../lab/sweep/state.js";
import { makeFolder } from "./folder.js";
import { INTERRUPTED, listenForInterrupt } from "./interrupt.js";
import { readJsonLines } from "./json-lines.js";
import { lockFolder } from "./lock.js";
import { duration } from "./progress.js";
import { checkedJob } from "./run-job.js";
import { printJson } from "./session.js";
import { finishedIn, keepPlan, outcomeLine, SweepFiles } from "./sweep-files.js";
import { SweepPool } from "./sweep-pool.js";
import { startDisplay } from "./sweep-table.js";

export interface SweepOptions {
  readonly out: string;
  readonly workers?: number;
  readonly extend?: boolean;
  readonly dryRun?: boolean;
  readonly export?: string;
  readonly import?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export async function runSweep(plan: SweepPlan, options: SweepOptions): Promise<void> {
  const { out } = options;
  const experiment = experimentOf(plan.experiment);
  if (options.dryRun || (options.export !== undefined && options.import === undefined)) {
    list(plan, new SweepState(plan, experiment, finishedIn(out)), options);
    return;
  }
  const imported =
    options.import === undefined ? undefined : readImport(options.import, plan.experiment);
  makeFolder(out);
  const release = lockFolder(out);
  try {
    keepPlan(out, plan, options.extend ?? false);
    const files = new SweepFiles(out, experiment);
    if (imported) takeOver(imported, files, options);
    const state = new SweepState(plan, experiment, files.finished.values());
    if (options.export !== undefined) list(plan, state, options);
    else await new Sweep(plan, { state, files, options }).run();
  } finally {
    release();
  }
}

/** Jobs that are not done, to a file or to be read. */
function list(plan: SweepPlan, state: SweepState, { export: path, json }: SweepOptions): void {
  const { waiting } = state;
  const counts = state.counts(() => 0);
  const [done = 0, total = 0] = (["done", "total"] as const).map((name) =>
    counts.reduce((sum, one) => sum + one[name], 0),
  );
  const later = total - done - waiting.length;
  if (path !== undefined) {
    writeFile(path, waiting.map((job) => `${JSON.stringify(job)}\n`).join(""));
  }
  if (json) {
    printJson({ ...plan, settings: settingsOf(plan).length, done, later, jobs: waiting });
    return;
  }
  const more = later > 0 ? `, ${later} more follow from their results` : "";
  const first =
    `${plan.experiment}: ${settingsOf(plan).length} settings, ${total} arms: ${done} done, ` +
    `${waiting.length} to run${more}`;
  const lines = path === undefined ? waiting.map((job) => shortName(plan, job)) : [path];
  process.stdout.write(`${[first, ...lines].join("\n")}\n`);
}

interface Imported {
  readonly jobs: readonly { readonly job: JobDescription; readonly outcome: Outcome }[];
  readonly failed: number;
}

/** What `hitofude run-job` printed elsewhere for jobs of the experiment. */
function readImport(path: string, experiment: string): Imported {
  if (!existsSync(path))
    throw new UsageError(`--import: there is no file ${path}. Check the path.`);
  const fail = (what: string): UsageError =>
    new UsageError(`${path}: ${what} Give lines that hitofude run-job printed.`);
  const lines = readJsonLines(path, outcomeLine);
  if (lines.length === 0) throw fail("no line is a job that ended.");
  const jobs = lines.flatMap((line) => {
    const job = checkedJob({ ...line }, fail);
    if (job.experiment !== experiment) {
      throw fail(`there is a job of ${job.experiment}, not of ${experiment}.`);
    }
    if (!("result" in line)) return [];
    return [{ job, outcome: { seconds: line.seconds, result: line.result } }];
  });
  return { jobs, failed: lines.length - jobs.length };
}

/** Keeps the jobs that the folder does not have. */
function takeOver({ jobs, failed }: Imported, files: SweepFiles, options: SweepOptions): void {
  const before = files.finished.size;
  for (const { job, outcome } of jobs) {
    if (!files.finished.has(job.id)) files.append(job, outcome);
  }
  if (options.json || options.quiet) return;
  const without = failed > 0 ? `, ${failed} failed ones left out` : "";
  process.stderr.write(`imported ${files.finished.size - before} arms${without}\n`);
}

interface Parts {
  readonly state: SweepState;
  readonly files: SweepFiles;
  readonly options: SweepOptions;
}

/** Files are written again after this, or after 20 times what the last time took. */
const WRITE_EVERY_MS = 2000;

class Sweep {
  private readonly plan: SweepPlan;
  private readonly parts: Parts;
  private readonly pool: SweepPool;
  private readonly before: number;
  private readonly began = performance.now();
  private writeAfter = 0;

  constructor(plan: SweepPlan, parts: Parts) {
    this.plan = plan;
    this.parts = parts;
    this.before = parts.files.finished.size;
    this.pool = new SweepPool(parts.options.workers ?? availableParallelism());
  }

  async run(): Promise<void> {
    const { files, options } = this.parts;
    const display = startDisplay({
      label: `sweep ${this.plan.experiment}`,
      quiet: options.quiet ?? options.json ?? false,
      snapshot: () => this.snapshot(),
    });
    if (this.before > 0) display.note(`going on after ${this.before} arms in ${files.out}`);
    const interrupt = listenForInterrupt(() => {
      display.note("stopping");
      this.pool.stop();
    });
    try {
      this.write(true);
      await this.pool.run(this.parts.state, (job, outcome) => {
        files.append(job, outcome);
        if ("error" in outcome) display.note(`failed: ${this.nameOf(job)}: ${outcome.error}`);
        if (performance.now() >= this.writeAfter) this.write(true);
      });
    } finally {
      display.stop();
      interrupt.release();
      this.write(false);
    }
    this.tell(interrupt.asked);
  }

  private snapshot(): {
    counts: ReturnType<SweepState["counts"]>;
    running: { name: string; part: number }[];
    left: number;
  } {
    const busy = this.pool.running;
    const parts = new Map(busy.map(({ job, part }) => [job.id, part]));
    const counts = this.parts.state.counts((id) => parts.get(id) ?? 0);
    const work = counts.reduce((sum, { left }) => sum + left, 0);
    const running = busy.map(({ job, part }) => ({ name: this.nameOf(job), part }));
    return { counts, running, left: work / this.pool.workers.length };
  }

  private nameOf(job: JobDescription): string {
    return shortName(this.plan, job);
  }

  private write(running: boolean): void {
    const began = performance.now();
    const { state, files } = this.parts;
    const { counts, left } = this.snapshot();
    const took = duration((began - this.began) / 1000);
    const { length } = this.pool.workers;
    const work = [...files.finished.values()].reduce((sum, { seconds }) => sum + seconds, 0);
    const now = running ? `about ${duration(left)} left` : `ended after ${took}`;
    const time = `${duration(work)} of work so far; ${length} workers, ${now}.`;
    const { experiment, rows } = files;
    const page = {
      plan: this.plan,
      experiment,
      view: experiment.view,
      rows,
      counts,
      time,
      duration,
    };
    files.write(rows, sweepReport({ ...page, failures: state.failures }), running);
    const cost = performance.now() - began;
    this.writeAfter = performance.now() + Math.max(WRITE_EVERY_MS, 20 * cost);
  }

  private tell(interrupted: boolean): void {
    const { state, files, options } = this.parts;
    const { out } = files;
    const { failures, ended } = state;
    const counts = this.snapshot().counts;
    const sum = (name: "done" | "total"): number => counts.reduce((all, one) => all + one[name], 0);
    const seconds = (performance.now() - this.began) / 1000;
    const finished = ended && failures.length === 0;
    const facts = {
      done: sum("done"),
      new: files.finished.size - this.before,
      total: sum("total"),
    };
    const rows = files.rows.length;
    if (options.json) {
      const { experiment } = this.plan;
      printJson({ experiment, out, finished, ...facts, failed: failures, rows, seconds });
    } else {
      const failed = failures.length > 0 ? `, ${failures.length} failed` : "";
      const again = finished ? "" : "; the same command goes on";
      process.stdout.write(
        `sweep ${this.plan.experiment}: ${facts.new} arms in ${duration(seconds)}, ${facts.done} of ` +
          `${facts.total} done${failed}${again}\n` +
          `${rows} rows in ${join(out, "results.parquet")} and .jsonl; ${join(out, "sweep.html")}\n`,
      );
    }
    if (interrupted && !ended) process.exitCode = INTERRUPTED;
    else if (failures.length > 0) process.exitCode = 1;
  }
}
