/**
 * The table that was published with the method (section 7.6 of its notes): n_eff, differential
 * entropy and KL to the reference at equal reward, for the problem of instance 0. Ids are those of
 * arms.ts; `BOUND` is the optimum under clean KL, p ∝ q e^{α r}.
 */
import type { RewardName } from "./rewards.js";

export const BOUND = "clean KL optimum";

export interface Cell {
  readonly effectiveModes: number;
  readonly entropy: number;
  readonly kl: number;
}

/** The columns. */
export const COLUMNS: readonly { readonly reward: RewardName; readonly level: number }[] = [
  { reward: "R1", level: 0.7 },
  { reward: "R2", level: 0.5 },
  { reward: "R2", level: 0.7 },
  { reward: "R3", level: 0.3 },
  { reward: "R3", level: 0.6 },
];

/** One row: n_eff / entropy / KL for each column, – where the table has none. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  [BOUND]: [
    "2.46 / 1.521 / 0.493",
    "4 / 1.828 / 0.345",
    "4 / 1.643 / 0.757",
    "3.47 / 1.643 / 0.456",
    "2.27 / 0.657 / 1.562",
  ],
  "IKL w=1": [
    "2.48 / 1.518 / 0.532",
    "4 / 1.642 / 0.474",
    "4 / 1.023 / 1.247",
    "3.81 / 0.95 / 1.147",
    "2.86 / -0.41 / 2.593",
  ],
  "IKL w=σ²/n": [
    "2.54 / 1.567 / 0.703",
    "3.99 / 1.368 / 0.727",
    "3.99 / 0.499 / 1.729",
    "3.9 / 0.977 / 1.128",
    "2.86 / -0.356 / 2.545",
  ],
  "IKL w=σ²": [
    "2.81 / 1.635 / 2.131",
    "3.99 / 0.561 / 1.553",
    "3.98 / -0.296 / 2.589",
    "3.92 / 0.943 / 1.167",
    "2.77 / -0.369 / 2.705",
  ],
  "IKL w=1/σ": [
    "2.47 / 1.511 / 0.514",
    "4 / 1.722 / 0.407",
    "4 / 1.397 / 0.902",
    "3.78 / 0.957 / 1.135",
    "2.82 / -0.375 / 2.558",
  ],
  "SIM-L2 w=σ²": [
    "2.46 / 1.524 / 0.498",
    "4 / 1.789 / 0.391",
    "3.99 / 1.615 / 0.929",
    "3.46 / 1.123 / 0.95",
    "2.33 / -0.303 / 2.468",
  ],
  "SIM-L2 w=σ⁴/n": [
    "2.51 / 1.568 / 0.54",
    "3.99 / 1.698 / 0.529",
    "3.98 / 1.371 / 1.394",
    "3.84 / 1.043 / 1.056",
    "2.88 / -0.382 / 2.574",
  ],
  "SIM-L2 w=σ⁴": [
    "2.57 / 1.665 / 0.842",
    "3.99 / 1.291 / 1.078",
    "3.98 / 0.257 / 2.613",
    "3.91 / 0.985 / 1.137",
    "2.84 / -0.167 / 2.506",
  ],
  "SIM-L2 w=1": [
    "2.41 / 1.494 / 0.514",
    "3.49 / 1.711 / 0.496",
    "–",
    "1.32 / 0.832 / 1.224",
    "1.02 / -0.586 / 2.741",
  ],
  "Fisher-full w=1": [
    "2.42 / 1.501 / 0.504",
    "3.18 / 1.631 / 0.615",
    "2.43 / 1.224 / 1.325",
    "1.24 / 0.69 / 1.355",
    "1.01 / -0.747 / 2.938",
  ],
  "PH c=0.5 w=σ²": [
    "2.44 / 1.519 / 0.5",
    "4 / 0.965 / 1.652",
    "3.99 / 0.171 / 2.899",
    "3.73 / 1.003 / 1.084",
    "2.85 / -0.394 / 2.579",
  ],
  "PH c=0.05 w=σ²": [
    "2.3 / 1.414 / 0.612",
    "3.99 / 0.771 / 2.005",
    "3.98 / 0.149 / 2.91",
    "3.92 / 0.977 / 1.123",
    "2.88 / -0.371 / 2.616",
  ],
  "PH c=0.05 w=1": [
    "2.29 / 1.413 / 0.594",
    "1.81 / 1.052 / 2.389",
    "2.15 / 1.113 / 2.847",
    "1.54 / 0.433 / 1.622",
    "1.29 / -0.801 / 2.95",
  ],
};

/** The published cell; undefined where the table has none. */
export function publishedCell(arm: string, column: number): Cell | undefined {
  const numbers = ROWS[arm]?.[column]?.split(" / ").map(Number) ?? [];
  const [effectiveModes = 0, entropy = 0, kl = 0] = numbers;
  return numbers.length === 3 ? { effectiveModes, entropy, kl } : undefined;
}
