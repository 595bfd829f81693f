/** What became of the mutants: a file with one JSON line for each, so that a run can be resumed. */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Result {
  readonly id: string;
  readonly state: "killed" | "survived" | "timed out" | "broken";
  /** The test that failed, or why nothing could run. */
  readonly by?: string | undefined;
  readonly seconds: number;
  /** Of the mutated file, and of the tests that were run. */
  readonly source: string;
  readonly tests: string;
}

export class Results {
  readonly #path: string;
  readonly #known = new Map<string, Result>();

  constructor(path: string) {
    this.#path = path;
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
    for (const line of lines) {
      // A run that was cut off may have left half a line.
      if (!line.endsWith("}")) continue;
      const result = JSON.parse(line) as Result;
      this.#known.set(result.id, result);
    }
  }

  add(result: Result): void {
    this.#known.set(result.id, result);
    appendFileSync(this.#path, `${JSON.stringify(result)}\n`);
  }

  /** Whether a mutant of this source has been tried, with whatever tests. */
  has(id: string, source: string): boolean {
    return this.#known.get(id)?.source === source;
  }

  /**
   * What is known of a mutant of this source. A new test kills no fewer mutants; survivors are
   * tried again when tests have changed.
   */
  get(id: string, source: string, tests: string): Result | undefined {
    const known = this.#known.get(id);
    if (known?.source !== source) return undefined;
    return known.state === "killed" || known.tests === tests ? known : undefined;
  }
}

export function hashOf(root: string, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest("hex").slice(0, 12);
}
