/**
 * The golden file: one line of JSON that says how it was made, then one line a case, with torch's
 * answer. Tests read it; only `npm run conformance` writes it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Answered, Stored } from "./cases.js";

export const GOLDEN = fileURLToPath(new URL("../../test/golden/torch.jsonl", import.meta.url));

/** Digits that answers keep: a relative error of 5e-13. */
const DIGITS = 12;

export interface Golden {
  readonly torch: string;
  readonly cases: readonly Answered[];
}

export function writeGolden({ torch, cases }: Golden): void {
  const head = { torch, "written by": "npm run conformance" };
  const lines = [head, ...cases].map((line) => JSON.stringify(line, shorter));
  writeFileSync(GOLDEN, `${lines.join("\n")}\n`);
}

export function readGolden(): Golden {
  const [head = "{}", ...lines] = readFileSync(GOLDEN, "utf8").trim().split("\n");
  return { torch: JSON.parse(head).torch, cases: lines.map((line) => JSON.parse(line)) };
}

function shorter(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(DIGITS)) : (value as Stored);
}
