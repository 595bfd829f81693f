/** results.jsonl of an experiment: one line for each finished job. */
import { join } from "node:path";
import type { Json } from "../lab/json.js";
import { JsonLines } from "./json-lines.js";

export interface ResultLine {
  readonly job: string;
  readonly seconds: number;
  readonly result: Json;
}

export class LabResults {
  readonly finished = new Map<string, Json>();
  private readonly costs = new Map<string, number>();
  private readonly file: JsonLines<ResultLine>;

  constructor(folder: string) {
    this.file = new JsonLines(join(folder, "results.jsonl"), parse);
    for (const line of this.file.lines) this.keep(line);
  }

  /** Of all finished jobs. */
  get lines(): readonly ResultLine[] {
    return [...this.finished].map(([job, result]) => {
      return { job, seconds: this.costs.get(job) ?? 0, result };
    });
  }

  /** Seconds that all finished jobs took together. */
  get seconds(): number {
    return [...this.costs.values()].reduce((a, b) => a + b, 0);
  }

  append(line: ResultLine): void {
    this.file.append(line);
    this.keep(line);
  }

  private keep({ job, seconds, result }: ResultLine): void {
    this.finished.set(job, result);
    this.costs.set(job, seconds);
  }
}

function parse({
  job,
  seconds,
  result = null,
}: Readonly<Record<string, unknown>>): ResultLine | undefined {
  if (typeof job !== "string" || typeof seconds !== "number") return undefined;
  return { job, seconds, result: result as Json };
}
