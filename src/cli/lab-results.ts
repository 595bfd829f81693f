/**
 * results.jsonl of an experiment: one line for each finished job, written at once and synced, so that
 * whatever ends the process takes no finished job with it. A line that was cut off is dropped.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { HitofudeError } from "../errors.js";
import { reason, writeFile } from "../io/node-files.js";
import type { Json } from "../lab/json.js";
import { isTable } from "./config.js";

interface ResultLine {
  readonly job: string;
  readonly seconds: number;
  readonly result: Json;
}

export class LabResults {
  readonly finished = new Map<string, Json>();
  private readonly costs = new Map<string, number>();
  private readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, "results.jsonl");
    const texts = existsSync(this.path) ? readFileSync(this.path, "utf8").split("\n") : [""];
    const lines = texts.map(parse).filter((line) => line !== undefined);
    for (const line of lines) this.keep(line);
    // The last text is what follows the last line's end: nothing, unless that line was cut off.
    if (lines.length === texts.length - 1 && texts.at(-1) === "") return;
    writeFile(this.path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  /** Seconds that all finished jobs took together. */
  get seconds(): number {
    return [...this.costs.values()].reduce((a, b) => a + b, 0);
  }

  append(line: ResultLine): void {
    try {
      const file = openSync(this.path, "a");
      try {
        const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw new HitofudeError(
        `${this.path} cannot be written (${reason(error)}). Make room and give the same command: ` +
          "it goes on after the last finished arm.",
      );
    }
    this.keep(line);
  }

  private keep({ job, seconds, result }: ResultLine): void {
    this.finished.set(job, result);
    this.costs.set(job, seconds);
  }
}

function parse(text: string): ResultLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    if (!isTable(line) || typeof line.job !== "string" || typeof line.seconds !== "number") {
      return undefined;
    }
    return { job: line.job, seconds: line.seconds, result: (line.result ?? null) as Json };
  } catch {
    return undefined;
  }
}
