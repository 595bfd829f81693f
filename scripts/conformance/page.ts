/** Writes docs/conformance.md. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { IN_WORDS } from "./differences.js";
import type { Errors } from "./run.js";
import { EXEMPT, OPS } from "./table.js";

const TARGET = fileURLToPath(new URL("../../docs/conformance.md", import.meta.url));

/** Of one op: how many cases, and the worst errors over them on both devices. */
export interface Row {
  readonly cases: number;
  readonly reference: Errors;
  /** Undefined where every case needs what the adapter lacks. */
  readonly kernel: Errors | undefined;
}

export interface Shown {
  readonly where: string;
  readonly why: string;
  readonly ours: string;
  readonly theirs: string;
}

export interface Page {
  readonly torch: string;
  readonly adapter: string;
  readonly f16: boolean;
  readonly seed: number;
  readonly rows: ReadonlyMap<string, Row>;
  readonly differences: readonly Shown[];
  readonly tolerances: { readonly reference: number; readonly kernel: number };
}

export function writePage(page: Page): void {
  writeFileSync(TARGET, `${[introduction(page), table(page), differences(page)].join("\n\n")}\n`);
}

function introduction({ torch, adapter, f16, seed, rows, tolerances }: Page): string {
  const all = [...rows.values()];
  const cases = all.reduce((total, row) => total + row.cases, 0);
  const worst = (of: (row: Row) => Errors | undefined): string => error(join(all.map(of)));
  return `# Conformance

Written by \`npm run conformance\`; do not edit. Every op of [docs/ops.md](ops.md) is run on random
cases, and its value, its gradients for a random cotangent, and the gradients of those gradients
along random directions are compared with what torch ${torch} says in float64, on the host:
${rows.size} ops, ${cases} cases, seed ${seed}.

| | device | worst error | the run fails above |
| --- | --- | --- | --- |
| reference | float64, on the host | ${worst((row) => row.reference)} | ${tolerances.reference} |
| kernel | float32, ${adapter} | ${worst((row) => row.kernel)} | ${tolerances.kernel} |
${f16 ? "" : HALVES_MISSING}
An error is |ours − torch's| / (1 + |torch's|), the worst entry of the worst case; inputs are float32
values on both sides. A dash stands where nothing was compared: there is no derivative.
Results that are integers or truth values must be equal; NaN must meet NaN.

To run it, with torch 2.4 or later for the Python that is named:

\`\`\`sh
PYTHON=python3 npm run conformance
HITOFUDE_SEED=7 npm run conformance   # other cases
\`\`\`

Tests need neither Python nor torch: the same command writes small cases with torch's answers to
\`test/golden/torch.jsonl\`, and \`test/conformance.test.ts\` compares values and gradients with them,
on the reference and on the adapter under test.`;
}

const HALVES_MISSING = `
Casts to f16 and back were compared on the reference alone: this adapter has no f16.
`;

function table({ rows }: Page): string {
  const lines = OPS.flatMap((op) => {
    const row = rows.get(op);
    if (!row) return [];
    const { reference, kernel } = row;
    return [`| ${[op, row.cases, ...cells(reference), ...cells(kernel)].join(" | ")} |`];
  });
  return `## Errors

| op | cases | reference: value | gradient | second | kernel: value | gradient | second |
| --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join("\n")}`;
}

function differences({ differences: shown }: Page): string {
  const lines = shown.map(
    ({ where, ours, theirs, why }) => `| ${where} | ${ours} | ${theirs} | ${why} |`,
  );
  const reasons = [...new Set(Object.values(EXEMPT))];
  const exempt = reasons.map((why) => {
    const names = Object.keys(EXEMPT).filter((op) => EXEMPT[op] === why);
    return `- ${names.join(", ")}: ${why}.`;
  });
  return `## Where the conventions differ

Measured in the same run:

| where | here | torch | why |
| --- | --- | --- | --- |
${lines.join("\n")}

And in words:

${IN_WORDS.map((line) => `- ${line}`).join("\n")}

## Not compared

${exempt.join("\n")}
- Halves, but for the cast; the tests compare them with the reference.`;
}

const cells = (errors: Errors | undefined): string[] => [
  error(errors && { value: errors.value }),
  error(errors && { gradient: errors.gradient }),
  error(errors && { second: errors.second }),
];

/** The largest, in two digits. */
function error(errors: Partial<Errors> | undefined): string {
  const known = Object.values(errors ?? {}).filter((e) => e !== undefined);
  if (known.length === 0) return "–";
  const largest = Math.max(...known);
  return largest === 0 ? "0" : largest.toExponential(1);
}

/** The worst of each kind. */
export function join(list: readonly (Errors | undefined)[]): Errors {
  const worst = (of: keyof Errors): number | undefined => {
    const known = list.map((errors) => errors?.[of]).filter((e) => e !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  return { value: worst("value") ?? 0, gradient: worst("gradient"), second: worst("second") };
}
