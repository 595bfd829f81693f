/** An experiment's jobs in several processes at once, for `hitofude lab --workers`. */
import { HitofudeError } from "../errors.js";
import type { AnyExperiment } from "../lab/experiment.js";
import { jobId } from "../lab/sweep/description.js";
import type { Config } from "../lab/sweep/plan.js";
import { SweepState } from "../lab/sweep/state.js";
import type { LabResults } from "./lab-results.js";
import type { Progress } from "./progress.js";
import { SweepPool } from "./sweep-pool.js";

export interface WorkersOptions {
  readonly count: number;
  readonly adapter?: string | undefined;
  readonly results: LabResults;
  readonly progress: Progress;
}

const UPDATE_EVERY_MS = 500;

/** The jobs of one config that are not done yet. */
export class LabWorkers {
  private readonly state: SweepState;
  private readonly pool: SweepPool;
  private readonly options: WorkersOptions;
  /** What stands in front of a job's name in its id. */
  private readonly prefix: string;

  constructor(experiment: AnyExperiment, config: object, options: WorkersOptions) {
    const { count, adapter, results } = options;
    const plan = { experiment: experiment.name, base: config as Config, set: {}, match: [] };
    const finished = results.lines.map((line) => ({
      experiment: experiment.name,
      config: plan.base,
      ...line,
    }));
    this.state = new SweepState(plan, experiment, finished);
    this.pool = new SweepPool(count, adapter ? { HITOFUDE_ADAPTER: adapter } : {});
    this.options = options;
    this.prefix = jobId(experiment.name, plan.base, "");
  }

  /**
   * Ends when all are done, or after `stop`. What has ended is kept, whatever happens to the others.
   * @throws HitofudeError when jobs failed: the others have been run.
   */
  async run(): Promise<void> {
    const { results, progress } = this.options;
    const show = setInterval(() => this.show(), UPDATE_EVERY_MS);
    try {
      await this.pool.run(this.state, ({ job }, outcome) => {
        if ("result" in outcome) results.append({ job, ...outcome });
        else progress.note(`failed: ${job}: ${outcome.error}`);
        this.show();
      });
    } finally {
      clearInterval(show);
    }
    const [first, ...others] = this.state.failures;
    if (!first) return;
    const more = others.length > 0 ? `; ${others.length} more failed` : "";
    throw new HitofudeError(
      `The job ${first.id.slice(this.prefix.length)} failed: ${first.error}${more}. ` +
        "What ended is kept: the same command goes on.",
    );
  }

  stop(): void {
    this.pool.stop();
  }

  private show(): void {
    const { results, progress } = this.options;
    const { running } = this.pool;
    const done = running.reduce((sum, { part }) => sum + part, results.finished.size);
    progress.update(done, {}, running.map(({ job }) => job.job).join(" | "));
  }
}
