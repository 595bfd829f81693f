/**
 * Where a sweep stands: which jobs are finished, running, failed and waiting, setting by setting. It
 * asks an experiment for more jobs when all that it named are done.
 */
import type { AnyExperiment, OpenExperiment } from "../experiment.js";
import type { Json } from "../json.js";
import { describe, type JobDescription, type Outcome } from "./description.js";
import {
  type Config,
  keyOf,
  SEED,
  type SweepPlan,
  settingsOf,
  textOf,
  variedFields,
} from "./plan.js";
import type { FinishedJob } from "./rows.js";

interface Progress {
  readonly config: Config;
  readonly label: string;
  readonly opened: OpenExperiment;
  readonly results: Map<string, Json>;
  readonly seconds: Map<string, number>;
  readonly failed: Map<string, string>;
  readonly running: Set<string>;
  waiting: string[];
}

/** Jobs of the settings that share a label. */
export interface Counts {
  readonly label: string;
  readonly seeds: number;
  done: number;
  running: number;
  failed: number;
  /** As many as there will be, failed ones and those that cannot be known yet included. */
  total: number;
  /** Seconds of work that is left, on one worker. */
  left: number;
}

export interface Failure {
  readonly id: string;
  readonly error: string;
}

/** Stands for a setting's failure to name its jobs. */
const NAMING = "(its list of jobs)";

export class SweepState {
  private readonly plan: SweepPlan;
  private readonly experiment: AnyExperiment;
  private readonly settings: readonly Progress[];
  private readonly byKey: ReadonlyMap<string, Progress>;

  /** `finished`: of this or of other sweeps. @throws whatever an experiment says of a config. */
  constructor(plan: SweepPlan, experiment: AnyExperiment, finished: Iterable<FinishedJob>) {
    this.plan = plan;
    this.experiment = experiment;
    this.settings = settingsOf(plan).map(({ config, label }) => ({
      config,
      label,
      opened: experiment.open(config),
      results: new Map(),
      seconds: new Map(),
      failed: new Map(),
      running: new Set(),
      waiting: [],
    }));
    this.byKey = new Map(this.settings.map((one) => [keyOf(experiment.name, one.config), one]));
    for (const one of finished) this.keep(one);
    for (const setting of this.settings) setting.waiting = this.missing(setting);
  }

  /** A job that nobody has begun, now running; undefined while there is none. */
  next(): JobDescription | undefined {
    const setting = this.settings.find(({ waiting }) => waiting.length > 0);
    const job = setting?.waiting.shift();
    if (!setting || job === undefined) return undefined;
    setting.running.add(job);
    return describe(this.experiment, { config: setting.config, job, results: setting.results });
  }

  /** All jobs that can be told now. */
  get waiting(): JobDescription[] {
    return this.settings.flatMap(({ config, results, waiting }) =>
      waiting.map((job) => describe(this.experiment, { config, job, results })),
    );
  }

  /** Nothing runs and nothing waits: no job can lead to another. */
  get ended(): boolean {
    return this.settings.every(({ running, waiting }) => running.size + waiting.length === 0);
  }

  end(description: JobDescription, outcome: Outcome): void {
    const { experiment, config, job } = description;
    const setting = this.byKey.get(keyOf(experiment, config));
    if (!setting) return;
    setting.running.delete(job);
    if ("result" in outcome) this.keep({ experiment, config, job, ...outcome });
    else setting.failed.set(job, outcome.error);
    if (setting.waiting.length > 0 || setting.running.size > 0) return;
    try {
      setting.waiting = this.missing(setting);
    } catch (error) {
      setting.failed.set(NAMING, error instanceof Error ? error.message : String(error));
    }
  }

  /** Of each label, in the order of the plan. `part`: how far a running job is. */
  counts(part: (id: string) => number): Counts[] {
    const all = new Map<string, Counts>();
    const mean = meanOf(this.settings.flatMap(({ seconds }) => [...seconds.values()]));
    for (const setting of this.settings) {
      const { label, running, failed, seconds } = setting;
      const done = [...setting.results.keys()].filter((id) => this.matches(id)).length;
      const known = done + setting.waiting.length + running.size + failed.size;
      // With a filter nobody knows how many of the later ones will fit.
      const total = this.plan.match.length > 0 ? known : Math.max(known, setting.opened.total);
      const before = all.get(label);
      const counts = before ?? {
        label,
        seeds: 0,
        done: 0,
        running: 0,
        failed: 0,
        total: 0,
        left: 0,
      };
      const parts = [...running].reduce((sum, id) => sum + part(this.idOf(setting, id)), 0);
      const work = total - done - failed.size - parts;
      all.set(label, {
        label,
        seeds: counts.seeds + 1,
        done: counts.done + done,
        running: counts.running + running.size,
        failed: counts.failed + failed.size,
        total: counts.total + total,
        left: counts.left + work * (seconds.size > 0 ? meanOf([...seconds.values()]) : mean),
      });
    }
    return [...all.values()];
  }

  get failures(): Failure[] {
    return this.settings.flatMap((setting) =>
      [...setting.failed].map(([job, error]) => ({ id: this.idOf(setting, job), error })),
    );
  }

  private keep({ experiment, config, job, result, seconds }: FinishedJob): void {
    const setting = this.byKey.get(keyOf(experiment, config));
    setting?.results.set(job, result);
    setting?.seconds.set(job, seconds);
  }

  private missing({ opened, results, failed }: Progress): string[] {
    const ids = opened.jobs(results).map(({ id }) => id);
    return ids.filter((id) => !results.has(id) && !failed.has(id) && this.matches(id));
  }

  private matches(id: string): boolean {
    const { match } = this.plan;
    return match.length === 0 || match.some((text) => id.includes(text));
  }

  private idOf({ config }: Progress, job: string): string {
    return `${keyOf(this.experiment.name, config)}/${job}`;
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** A running job for people: what varies of its setting, and the arm. */
export function shortName({ set }: SweepPlan, { config, job }: JobDescription): string {
  const names = [...variedFields(set), SEED].filter((name) => name in config);
  const values = names.map((name) => `${name}=${textOf(config[name] ?? null)}`);
  return `${values.join(" ")} · ${job}`;
}
