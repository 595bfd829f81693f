/** Asks torch: a Python process that reads cases and writes answers. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer, Answered, Case } from "./cases.js";

const SCRIPT = fileURLToPath(new URL("oracle.py", import.meta.url));

/** The interpreter to ask. */
const python = process.env.PYTHON || "python3";

/** The version of torch, or undefined where the interpreter has none. */
export function torchVersion(): string | undefined {
  const { status, stdout } = spawnSync(python, ["-B", SCRIPT, "--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

export const NO_TORCH =
  `conformance: ${python} has no torch of version 2.4 or later. Install it (pip install torch), or ` +
  "name an interpreter that has it: PYTHON=/path/to/python npm run conformance.";

export function askTorch(cases: readonly Case[]): Answered[] {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  try {
    const [asked, answered] = [join(folder, "cases.json"), join(folder, "answers.json")];
    writeFileSync(asked, JSON.stringify(cases));
    const { status } = spawnSync(python, ["-B", SCRIPT, asked, answered], { stdio: "inherit" });
    if (status !== 0) throw new Error("conformance: torch did not answer. Its error stands above.");
    const answers: Answer[] = JSON.parse(readFileSync(answered, "utf8"));
    return cases.map((given, i) => ({ ...given, answer: answers[i]! }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
