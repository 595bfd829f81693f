/**
 * `hitofude lab NAME`: runs an experiment's jobs, keeps every finished one, draws the report.
 *
 *     <out>/config.json       the resolved config; `--config` takes it back
 *     <out>/results.jsonl     one line for each finished arm
 *     <out>/report.html       the report as one page
 *     <out>/report.md         the same as Markdown, with figures/*.svg
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { openNodeAdapter } from "../device/node-adapter.js";
import { UsageError } from "../errors.js";
import { readJson, writeFile } from "../io/node-files.js";
import type { AnyExperiment, Job, OpenExperiment } from "../lab/experiment.js";
import { renderHtml } from "../lab/report/html.js";
import { renderMarkdown } from "../lab/report/markdown.js";
import type { Report } from "../lab/report/report.js";
import { differences } from "./config.js";
import { makeFolder } from "./folder.js";
import { INTERRUPTED, type Interrupt, listenForInterrupt } from "./interrupt.js";
import { type OpenBench, openBench } from "./lab-bench.js";
import { LabResults } from "./lab-results.js";
import { LabWorkers } from "./lab-workers.js";
import { lockFolder } from "./lock.js";
import { duration, type Progress, startProgress } from "./progress.js";
import { printJson } from "./session.js";

export interface LabOptions {
  readonly out: string;
  /** Processes; 1 is this one. Default: `workersFor`. */
  readonly workers?: number;
  readonly adapter?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Thrown through a job when Ctrl-C was pressed. */
class Stopped extends Error {}

export async function runExperiment(
  experiment: AnyExperiment,
  config: object,
  options: LabOptions,
): Promise<void> {
  const { out } = options;
  const opened = experiment.open(config);
  // Names in the config that nothing has are refused here, before a folder holds them.
  opened.jobs(new Map());
  makeFolder(out);
  const release = lockFolder(out);
  try {
    checkFolder(experiment.name, config, out);
    await runAndTell({ experiment, config, opened, results: new LabResults(out), options });
  } finally {
    release();
  }
}

/** Runs what is missing, writes the report, and says what came of it. */
async function runAndTell(run: Run): Promise<void> {
  const { experiment, config, opened, results, options } = run;
  const { out } = options;
  const before = results.finished.size;
  const began = performance.now();
  const finished = await runJobs(run);
  const seconds = (performance.now() - began) / 1000;
  const cost = {
    jobs: results.finished.size,
    newJobs: results.finished.size - before,
    seconds,
    secondsInAll: results.seconds,
  };
  const report = finished ? withCost(opened.report(results.finished), cost) : undefined;
  if (report) writeReport(out, report);
  if (options.json) {
    const data = report ? { data: report.data } : {};
    printJson({ experiment: experiment.name, config, finished, out, ...cost, ...data });
  } else {
    process.stdout.write(`${summary(experiment.name, { out, cost, report })}\n`);
  }
  if (!finished) process.exitCode = INTERRUPTED;
}

/** A folder holds one experiment with one config, so that its results belong together. */
function checkFolder(name: string, config: object, out: string): void {
  const path = join(out, "config.json");
  const whole = { experiment: name, ...config };
  if (!existsSync(path)) {
    writeFile(path, `${JSON.stringify(whole, null, 2)}\n`);
    return;
  }
  const changed = differences(readJson(path), whole);
  if (changed.length === 0) return;
  throw new UsageError(
    `${out} holds results of another config (${changed.join("; ")}). To go on with it, give ` +
      `--config ${path} alone; for a new run, another folder with --out.`,
  );
}

interface Run {
  readonly experiment: AnyExperiment;
  readonly config: object;
  readonly opened: OpenExperiment;
  readonly results: LabResults;
  readonly options: LabOptions;
}

function missingJobs({ opened, results }: Run): Job[] {
  return opened.jobs(results.finished).filter(({ id }) => !results.finished.has(id));
}

/** All jobs that are not done yet; false when Ctrl-C ended them. */
async function runJobs(run: Run): Promise<boolean> {
  const { opened, results, options } = run;
  const { name } = run.experiment;
  if (missingJobs(run).length === 0) return true;
  const count = options.workers ?? (await workersFor(run));
  const progress = startProgress({
    label: name,
    total: opened.total,
    start: results.finished.size,
    quiet: options.quiet ?? options.json ?? false,
  });
  const done = results.finished.size;
  if (done > 0) progress.note(`${name}: going on after ${done} arms in ${options.out}`);
  if (count > 1) progress.note(`${name}: ${count} processes share the arms (--workers)`);
  const workers = count > 1 ? workersOf(run, count, progress) : undefined;
  const interrupt = listenForInterrupt(() => {
    progress.note(`${name}: stopping`);
    workers?.stop();
  });
  try {
    await (workers ? workers.run() : oneByOne(run, { progress, interrupt }));
    return !interrupt.asked || missingJobs(run).length === 0;
  } catch (error) {
    if (error instanceof Stopped) return false;
    throw error;
  } finally {
    progress.stop();
    interrupt.release();
  }
}

/**
 * Launches of a software driver of the system wait for its threads, which two processes make up for: 1.5
 * times the arms on two cores. The bundled driver's threads spin, and two would be slower (docs/lab/README.md).
 */
async function workersFor({ experiment, options: { adapter } }: Run): Promise<number> {
  if (!experiment.networks) return 1;
  const found = await openNodeAdapter(adapter ? { adapter } : {});
  found.release();
  return found.kind === "system software" ? Math.min(2, availableParallelism()) : 1;
}

function workersOf(
  { experiment, config, results, options }: Run,
  count: number,
  progress: Progress,
) {
  const { adapter } = options;
  return new LabWorkers(experiment, config, { count, adapter, results, progress });
}

/** In this process, on one device. */
async function oneByOne(run: Run, { progress, interrupt }: Omit<Watch, "run" | "bench">) {
  const { adapter } = run.options;
  const bench = openBench({ ...(adapter ? { adapter } : {}), note: progress.note });
  try {
    for (let waiting = missingJobs(run); waiting.length > 0; waiting = missingJobs(run)) {
      for (const job of waiting) await runJob(job, { run, progress, interrupt, bench });
    }
  } finally {
    bench.close();
  }
}

interface Watch {
  readonly run: Run;
  readonly progress: Progress;
  readonly interrupt: Interrupt;
  readonly bench: OpenBench;
}

async function runJob({ id, run: work }: Job, watch: Watch): Promise<void> {
  const { run, progress, interrupt, bench } = watch;
  const { results } = run;
  const began = performance.now();
  const tick = async (part: number): Promise<void> => {
    progress.update(results.finished.size + part, {}, id);
    // A turn of the event loop, so that signals arrive.
    await new Promise((resolve) => setImmediate(resolve));
    if (interrupt.asked) throw new Stopped();
  };
  await tick(0);
  const result = await work({ tick, bench });
  const seconds = Math.round(performance.now() - began) / 1000;
  results.append({ job: id, seconds, result });
  progress.update(results.finished.size, {}, id);
}

interface Cost {
  readonly jobs: number;
  readonly newJobs: number;
  /** Of this call, and of all arms in the folder together. */
  readonly seconds: number;
  readonly secondsInAll: number;
}

function withCost(report: Report, { jobs, secondsInAll }: Cost): Report {
  const text = [`${jobs} arms took ${duration(secondsInAll)}, added up over its processes.`];
  return { ...report, sections: [...report.sections, { title: "What it cost", text }] };
}

function writeReport(out: string, report: Report): void {
  writeFile(join(out, "report.html"), renderHtml(report));
  writeFile(join(out, "report.md"), renderMarkdown(report, { figures: "figures/" }));
  for (const { name, svg } of report.sections.flatMap(({ figures = [] }) => figures)) {
    writeFile(join(out, "figures", `${name}.svg`), `${svg}\n`);
  }
}

interface Summary {
  readonly out: string;
  readonly cost: Cost;
  readonly report: Report | undefined;
}

function summary(name: string, { out, cost, report }: Summary): string {
  if (!report) {
    return `${name}: interrupted, ${cost.jobs} arms kept in ${out}; the same command goes on`;
  }
  const lead = report.lead.join("\n").replaceAll("**", "");
  return (
    `${lead}\n${name}: ${cost.newJobs} arms in ${duration(cost.seconds)}, ` +
    `${cost.jobs} in all; ${join(out, "report.html")}`
  );
}
