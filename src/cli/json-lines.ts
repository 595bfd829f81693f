/**
 * Files of JSON lines that only grow. Each line is written at once and synced, so that whatever ends
 * the process takes no written line with it; a line that was cut off is dropped.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { HitofudeError } from "../errors.js";
import { reason, writeFile } from "../io/node-files.js";
import { isTable } from "./config.js";

type Table = Readonly<Record<string, unknown>>;

export class JsonLines<T> {
  /** What the file held when it was opened. */
  readonly lines: readonly T[];
  private readonly path: string;

  /** `parse`: undefined for what is no line of this file. */
  constructor(path: string, parse: (line: Table) => T | undefined) {
    this.path = path;
    const { lines, whole } = read(path, parse);
    this.lines = lines;
    if (!whole) writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  append(line: T): void {
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
  }
}

/** The lines of such a file, which stays as it is; none where there is no file. */
export function readJsonLines<T>(path: string, parse: (line: Table) => T | undefined): T[] {
  return read(path, parse).lines;
}

function read<T>(
  path: string,
  parse: (line: Table) => T | undefined,
): { lines: T[]; whole: boolean } {
  const texts = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [""];
  const lines = texts.flatMap((text) => {
    const table = tableOf(text);
    const line = table ? parse(table) : undefined;
    return line === undefined ? [] : [line];
  });
  // The last text is what follows the last line's end: nothing, unless that line was cut off.
  return { lines, whole: lines.length === texts.length - 1 && texts.at(-1) === "" };
}

function tableOf(text: string): Table | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
