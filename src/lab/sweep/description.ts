/**
 * A job as data: what to run, independent of where. A process on this machine takes it, and so can a
 * queue of many machines. The result depends on the description alone. docs/lab/sweep.md has the format.
 */
import { UsageError } from "../../errors.js";
import type { AnyExperiment, Job, JobContext, Results } from "../experiment.js";
import type { Json } from "../json.js";
import { experiments } from "../registry.js";
import { type Config, keyOf } from "./plan.js";

export const FORMAT = "hitofude-job/1";

export interface JobDescription {
  readonly format: typeof FORMAT;
  /** Tells it from every other job: experiment, all fields of the config, and `job`. */
  readonly id: string;
  readonly experiment: string;
  /** The whole resolved config. */
  readonly config: Config;
  /** The job's id within the experiment. */
  readonly job: string;
  /** Earlier results, where the experiment needs them to know the job. */
  readonly results?: Readonly<Record<string, Json>>;
}

/** What became of a job. `seconds` are those of the process that ran it. */
export type Outcome =
  | { readonly seconds: number; readonly result: Json }
  | { readonly seconds: number; readonly error: string };

/** A line of jobs.jsonl in a sweep's folder, and what `hitofude run-job` prints. */
export type OutcomeLine = Omit<JobDescription, "results"> & Outcome;

export function jobId(experiment: string, config: Config, job: string): string {
  return `${keyOf(experiment, config)}/${job}`;
}

/** The description of a job that `results` led to. */
export function describe(
  experiment: AnyExperiment,
  { config, job, results }: { config: Config; job: string; results: Results },
): JobDescription {
  const { name } = experiment;
  const known = experiment.open(config).job(job, new Map()) !== undefined;
  return {
    format: FORMAT,
    id: jobId(name, config, job),
    experiment: name,
    config,
    job,
    ...(known ? {} : { results: Object.fromEntries(results) }),
  };
}

/** Runs it. @throws UsageError where there is no such job, and whatever the job throws. */
export function runJobDescription(description: JobDescription, context: JobContext): Promise<Json> {
  return jobOf(description).run(context);
}

function jobOf({ experiment: name, config, job: id, results = {} }: JobDescription): Job {
  const experiment = experimentOf(name);
  const job = experiment.open(config).job(id, new Map(Object.entries(results)));
  if (job) return job;
  throw new UsageError(
    `${name} has no job "${id}" with this config. Take one that hitofude sweep --export wrote.`,
  );
}

/** An experiment of the registry. @throws UsageError when there is none of the name. */
export function experimentOf(name: string): AnyExperiment {
  const experiment = experiments.find((one) => one.name === name);
  if (experiment) return experiment;
  const known = experiments.map((one) => one.name).join(", ");
  throw new UsageError(`There is no experiment ${name}. Choose from: ${known}.`);
}
