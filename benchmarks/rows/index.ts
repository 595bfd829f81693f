/** All rows, in the order of the table. */
import { ATTENTION_ROWS } from "./attention.js";
import { CONV_ROWS } from "./conv.js";
import { ELEMENTWISE_ROWS } from "./elementwise.js";
import { GENERATE_ROWS } from "./generate.js";
import { LADDER_ROWS } from "./ladder.js";
import { MATMUL_ROWS } from "./matmul.js";
import type { Row } from "./row.js";
import { TRAINING_ROWS } from "./training.js";
import { UNET_ROWS } from "./unet.js";

export { LADDER_ROWS };

export const ROWS: readonly Row[] = [
  ...MATMUL_ROWS,
  ...CONV_ROWS,
  ...ELEMENTWISE_ROWS,
  ...ATTENTION_ROWS,
  ...UNET_ROWS,
  ...TRAINING_ROWS,
  ...GENERATE_ROWS,
];

export function findRow(name: string): Row {
  const row = [...ROWS, ...LADDER_ROWS].find((each) => each.name === name);
  if (!row) throw new Error(`There is no row ${name}.`);
  return row;
}
