/** One line of the benchmark. */
import type { GpuDevice } from "../../src/node.js";
import type { Problem } from "../problem.js";

/** What is expected of one result: values in float64 at some of its places. */
export interface Expected {
  readonly at: Uint32Array;
  readonly want: Float64Array;
}

/** What a row of this project alone tells beside its time. */
export type Notes = Readonly<Record<string, number>>;

/** A function of this project that no peer has: training steps, pictures from prompts. */
export interface OwnJob {
  run(times: number): Promise<void>;
  /** Largest relative error against float64, and what else the row says. */
  check(): Promise<{ readonly relError: number; readonly notes?: Notes }>;
  dispose(): void;
}

export interface Row {
  readonly name: string;
  readonly family: string;
  /** Part of `--quick`. */
  readonly quick: boolean;
  /** When the naive kernels are timed as well: "never" where there are none. */
  readonly naive: "always" | "not quick" | "never";
  /** Multiplications and additions of one call; elementwise functions count as one. */
  readonly flop?: number;
  /** Least traffic: every input and every result once. */
  readonly bytes?: number;
  /** Largest relative error that counts as right. Default 1e-4. */
  readonly tolerance?: number;
  /** What all engines can be asked. */
  readonly problem?: Problem;
  /** A smaller one of the same kind, where the references of the whole would take minutes. */
  readonly checkProblem?: Problem;
  /** The float64 reference at some places; without it the whole problem runs on references. */
  expect?(): readonly Expected[];
  /** Instead of a problem. */
  own?(device: GpuDevice, adapter: string): Promise<OwnJob>;
}

const TOLERANCE = 1e-4;

export const isRight = ({ tolerance = TOLERANCE }: Row, relError: number): boolean =>
  relError <= tolerance;
