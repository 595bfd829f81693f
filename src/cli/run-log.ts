/** log.jsonl of a run: one line for each step, each step once. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HitofudeError } from "../errors.js";
import { reason, writeFile } from "../io/node-files.js";

/** The step, what was measured in it, and its time in ms. */
export type LogLine = Readonly<Record<string, number>>;

export class RunLog {
  readonly lines: LogLine[];
  private readonly path: string;

  /** Drops what an earlier call logged after step `steps`, and lines that a crash cut off. */
  constructor(folder: string, steps: number) {
    this.path = join(folder, "log.jsonl");
    const texts = existsSync(this.path) ? readFileSync(this.path, "utf8").split("\n") : [];
    const lines = texts.map(parse).filter((line) => line !== undefined);
    this.lines = lines.filter(({ step = Infinity }) => step <= steps);
    if (this.lines.length === texts.length - 1 || texts.length === 0) return;
    writeFile(this.path, this.lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  append(line: LogLine): void {
    try {
      appendFileSync(this.path, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw new HitofudeError(
        `${this.path} cannot be written (${reason(error)}). Make room and give the same command: ` +
          "it goes on from the last saved state.",
      );
    }
    this.lines.push(line);
  }
}

function parse(text: string): LogLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null ? (line as LogLine) : undefined;
  } catch {
    return undefined;
  }
}
