/** `hitofude run-job`: runs job descriptions, here or wherever a queue took them. */
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import type { Bench } from "../lab/experiment.js";
import {
  experimentOf,
  FORMAT,
  type JobDescription,
  jobId,
  type OutcomeLine,
} from "../lab/sweep/description.js";
import type { Config } from "../lab/sweep/plan.js";
import { isTable, merge } from "./config.js";
import { openBench } from "./lab-bench.js";
import { printJson } from "./session.js";
import { runTimed } from "./timed-job.js";

export function addRunJob(root: Command): void {
  root
    .command("run-job")
    .description("run job descriptions, as hitofude sweep --export writes them")
    .argument("[description]", "one as JSON; without it, standard input is read, one on each line")
    .addHelpText(
      "after",
      `
It prints one line of JSON for each: the description with "seconds" and "result", or "error". Exit code 1
when one failed. The lines of all machines together go to hitofude sweep --import.

Examples:
  hitofude sweep exact-1d --quick --export jobs.jsonl
  head -n 2 jobs.jsonl | hitofude run-job > done.jsonl
  hitofude sweep exact-1d --quick --import done.jsonl`,
    )
    .action(async (text: string | undefined) => {
      const lines = text === undefined ? createInterface({ input: process.stdin }) : [text];
      const bench = openBench({ note: () => {} });
      try {
        for await (const line of lines) {
          if (line.trim() !== "") await runAndPrint(readDescription(line), bench);
        }
      } finally {
        bench.close();
      }
    });
}

async function runAndPrint(description: JobDescription, bench: Bench): Promise<void> {
  const tick = (): Promise<void> => new Promise((next) => setImmediate(next));
  const outcome = await runTimed(description, { bench, tick });
  const { results: _, ...line } = description;
  printJson({ ...line, ...outcome } satisfies OutcomeLine);
  if ("error" in outcome) process.exitCode = 1;
}

/** A description that somebody else wrote. @throws UsageError where it is none. */
function readDescription(text: string): JobDescription {
  const fail = (what: string): UsageError =>
    new UsageError(`run-job: ${what} Give a line that hitofude sweep --export wrote.`);
  const table = parsed(text);
  if (table === undefined) throw fail(`${shorten(text)} is no JSON object.`);
  const { results } = table;
  const description = checkedJob(table, fail);
  return isTable(results) ? { ...description, results: results as Earlier } : description;
}

type Earlier = NonNullable<JobDescription["results"]>;

/** The job that a table names, with every field of its config checked; throws `fail`. */
export function checkedJob(
  { format, experiment, config, job }: Readonly<Record<string, unknown>>,
  fail: (what: string) => Error,
): JobDescription {
  if (format !== FORMAT) {
    throw fail(`the format is ${shorten(JSON.stringify(format))}, not "${FORMAT}".`);
  }
  if (typeof experiment !== "string") throw fail("there is no name of an experiment.");
  if (typeof job !== "string") throw fail("there is no name of a job.");
  const { presets, fields } = experimentOf(experiment);
  const check = { fields, path: "config.", fail, complete: true };
  const whole = merge(presets.full, config, check) as Config;
  return { format, id: jobId(experiment, whole, job), experiment, config: whole, job };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function shorten(text: string | undefined): string {
  if (text === undefined) return "absent";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
