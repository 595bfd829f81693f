/** Worker processes that share a sweep's jobs, until none waits and none can come any more. */
import type { JobDescription, Outcome } from "../lab/sweep/description.js";
import type { SweepState } from "../lab/sweep/state.js";
import { type Environment, SweepWorker } from "./sweep-child.js";

/** Told when a job has ended, before the next one begins. */
export type Ended = (job: JobDescription, outcome: Outcome) => void;

export class SweepPool {
  readonly workers: readonly SweepWorker[];
  private stopping = false;
  private wake: (() => void)[] = [];

  constructor(count: number, env: Environment = {}) {
    this.workers = Array.from({ length: count }, () => new SweepWorker(env));
  }

  /** The jobs under way, each with the part of it that is done. */
  get running(): readonly { readonly job: JobDescription; readonly part: number }[] {
    return this.workers.flatMap(({ job, part }) => (job ? [{ job, part }] : []));
  }

  /** Ends with the last job, or after `stop`. @throws what `ended` throws; the workers end too. */
  async run(state: SweepState, ended: Ended): Promise<void> {
    try {
      await Promise.all(this.workers.map((worker) => this.work(worker, state, ended)));
    } finally {
      this.stop();
    }
  }

  /** Ends all processes; the jobs under way have no outcome. */
  stop(): void {
    this.stopping = true;
    for (const worker of this.workers) worker.end();
    this.wakeAll();
  }

  private async work(worker: SweepWorker, state: SweepState, ended: Ended): Promise<void> {
    while (!this.stopping && !state.ended) {
      const job = state.next();
      if (!job) {
        await new Promise<void>((resolve) => this.wake.push(resolve));
        continue;
      }
      const outcome = await worker.run(job, () => this.stopping);
      if (!outcome) return;
      state.end(job, outcome);
      ended(job, outcome);
      this.wakeAll();
    }
  }

  private wakeAll(): void {
    const waiting = this.wake;
    this.wake = [];
    for (const wake of waiting) wake();
  }
}
