/** Keeps measured choices of kernels in the user's cache folder: a file for each adapter. */
import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isTuning, type Tuning, type TuningStore } from "./kernel-choice.js";

/**
 * The file of an adapter: another driver, or another version of this package, has another one. What
 * cannot be read counts as absent, and what cannot be written is measured again next time.
 * @param adapter all that tells the adapter and its driver from others
 */
export function tuningFile(adapter: readonly string[]): TuningStore {
  const version = packageVersion();
  const digest = createHash("sha256")
    .update([version, ...adapter].join("\n"))
    .digest("hex");
  const home = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(home, "hitofude");
  const path = join(folder, `kernels-${digest.slice(0, 12)}.json`);
  return {
    path,
    read: () => readTuning(path),
    write: (tuning) => {
      const about = { adapter: adapter.filter((word) => word !== "").join(", "), version };
      writeWhole(folder, path, `${JSON.stringify({ ...about, ...tuning }, undefined, 2)}\n`);
    },
  };
}

function readTuning(path: string): Tuning | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isTuning(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A reader sees the old file or the new one. */
function writeWhole(folder: string, path: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeVia(`${path}.${process.pid}`, path, text);
  } catch {
    // It is measured again next time.
  }
}

function writeVia(scratch: string, path: string, text: string): void {
  const file = openSync(scratch, "w");
  try {
    writeSync(file, text);
    fsyncSync(file);
    renameSync(scratch, path);
  } finally {
    closeSync(file);
    rmSync(scratch, { force: true });
  }
}

function packageVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
