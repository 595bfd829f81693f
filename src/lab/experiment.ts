/**
 * What an experiment of the laboratory is. The command line runs it: it asks for the next jobs,
 * appends every finished one to results.jsonl, and draws the report from what the file holds. A
 * job's result depends on config and id alone, so that a rerun skips what is done.
 *
 * Adding one: a folder src/lab/<name>/ that exports an Experiment, and a line in registry.ts.
 */
import type { Atlas } from "../data/index.js";
import type { Device } from "../device/types.js";
import type { ReportScorer, TextImageScorer } from "../models/reward/index.js";
import type { TextToImage } from "../pipeline/text-to-image.js";
import type { Json } from "./json.js";
import type { Report } from "./report/report.js";

/** What jobs that train networks ask for; each is opened at the first call. */
export interface Bench {
  readonly device: () => Promise<Device>;
  readonly atlas: () => Promise<Atlas>;
  /** A new copy of one of the repository's models, in the caller's scope: its own to train. */
  readonly model: (name: "teacher" | "one-step") => Promise<TextToImage>;
  readonly reward: () => Promise<TextImageScorer>;
  readonly reportScorer: () => Promise<ReportScorer>;
}

export interface JobContext {
  readonly bench: Bench;
  /**
   * Await it at least every second or so, with the part of the job that is done: it shows progress,
   * and rejects when the person has asked for the end.
   */
  readonly tick: (part: number) => Promise<void>;
}

/** One arm: the smallest piece of work that is kept. */
export interface Job {
  readonly id: string;
  readonly run: (context: JobContext) => Promise<Json>;
}

/** A value of a table, and a row of it by column. */
export type Cell = null | boolean | number | string;
export type Row = Readonly<Record<string, Cell>>;

/** How a sweep draws an experiment's rows; all names are columns. */
export interface View {
  readonly x: string;
  /** One picture for each. */
  readonly y: readonly string[];
  /** One curve for each value, one colour. */
  readonly by: string;
  /** One picture for each value. */
  readonly facet?: string;
}

/** Finished jobs by id. */
export type Results = ReadonlyMap<string, Json>;

/** One field of a config, as an option of the command. */
export interface ConfigField {
  readonly what: string;
  readonly whole?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  readonly value?: string;
}

export interface Experiment<C extends object> {
  readonly name: string;
  /** One line for `hitofude lab`. */
  readonly what: string;
  /** Its jobs ask the bench for a device, which the command then lets a person choose. */
  readonly networks?: true;
  /** How long the two presets take, "about a minute". */
  readonly takes: { readonly quick: string; readonly full: string };
  readonly presets: { readonly quick: C; readonly full: C };
  readonly fields: { readonly [K in keyof C & string]: ConfigField };
  /** All jobs that can be told from the results so far; asked again when these are done. */
  readonly jobs: (config: C, results: Results) => readonly Job[];
  /** How many jobs there will be in all, for the time left. */
  readonly total: (config: C) => number;
  readonly report: (config: C, results: Results) => Report;
  /**
   * The job of an id that `jobs` names sooner or later, without the results that it asks for; undefined
   * for another id. Without this function such a job takes the results along when it is sent away.
   */
  readonly job?: (config: C, id: string) => Job | undefined;
  /**
   * A finished job as rows of a table, one for each point: arm, α, measures. Without this function a
   * sweep flattens what it finds (src/lab/sweep/rows.ts).
   */
  readonly rows?: (config: C, id: string, result: Json) => readonly Row[];
  readonly view?: View;
}

/** An experiment whose config only itself needs to know. */
export interface AnyExperiment {
  readonly name: string;
  readonly what: string;
  readonly networks: boolean;
  readonly takes: { readonly quick: string; readonly full: string };
  readonly fields: Readonly<Record<string, ConfigField>>;
  readonly presets: { readonly quick: object; readonly full: object };
  readonly view?: View;
  /** Binds a resolved config. */
  readonly open: (config: object) => OpenExperiment;
}

export interface OpenExperiment {
  readonly total: number;
  readonly jobs: (results: Results) => readonly Job[];
  readonly report: (results: Results) => Report;
  /** The job of an id; `results` are looked at where the experiment needs them to tell. */
  readonly job: (id: string, results: Results) => Job | undefined;
  /** Undefined where the experiment does not say what its rows are. */
  readonly rows: (id: string, result: Json) => readonly Row[] | undefined;
}

/** For the registry: the config's type is known on one side, checked fields on the other. */
export function registered<C extends object>(experiment: Experiment<C>): AnyExperiment {
  const { name, what, networks = false, takes, fields, presets, view } = experiment;
  return {
    name,
    what,
    networks,
    takes,
    fields,
    presets,
    ...(view ? { view } : {}),
    open: (config) => {
      const known = config as C;
      return {
        total: experiment.total(known),
        jobs: (results) => experiment.jobs(known, results),
        report: (results) => experiment.report(known, results),
        job: (id, results) =>
          experiment.job
            ? experiment.job(known, id)
            : experiment.jobs(known, results).find((job) => job.id === id),
        rows: (id, result) => experiment.rows?.(known, id, result),
      };
    },
  };
}
