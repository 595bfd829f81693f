/** What the driver and the process of an engine say to each other. */
import type { Expected, Notes } from "./rows/row.js";

export type Order =
  | { readonly do: "open"; readonly engine: string; readonly adapter: string }
  | { readonly do: "prepare"; readonly row: string; readonly expected: readonly Expected[] }
  | { readonly do: "sample"; readonly times: number }
  | { readonly do: "drop" }
  | { readonly do: "ceilings" };

export type Prepared =
  /** The engine cannot do the row. */
  | { readonly absent: true; readonly why: string }
  | {
      readonly absent: false;
      /** From the first call to its end: kernels are made in it. */
      readonly firstMs: number;
      /** A second call, alone. */
      readonly onceMs: number;
      readonly relError: number;
      readonly notes?: Notes;
    };

export interface Ceilings {
  readonly gflops: number;
  readonly gbs: number;
  /** What the adapter calls itself. */
  readonly name: string;
  /** The same as a name of a file. */
  readonly file: string;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };
