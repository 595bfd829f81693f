/** What the benchmark asks of an engine: this project, its naive kernels, or a peer. */
import type { Problem } from "../problem.js";

/** A row made ready on an engine. */
export interface Job {
  /** Calls it so many times and waits until the adapter has done it all. */
  run(times: number): Promise<void>;
  /** The results of the last call (of one more where calls leave none), row-major. */
  read(): Promise<readonly Float32Array[]>;
  dispose(): void | Promise<void>;
}

export interface Engine {
  /**
   * Undefined: this engine cannot do it. Where the result of the best way (attempt 0) was wrong,
   * the next one is asked for, until there is none.
   */
  prepare(problem: Problem, attempt: number): Promise<Job | undefined>;
  close(): void | Promise<void>;
}

export interface EngineOptions {
  /** As `openNodeDevice` takes it. */
  readonly adapter: string;
}

export type OpenEngine = (options: EngineOptions) => Promise<Engine>;
