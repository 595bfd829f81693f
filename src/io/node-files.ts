/** Files under Node: read with errors that help, written whole or not at all. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { FormatError } from "../errors.js";

/**
 * The bytes of a file.
 * @throws FormatError when the file cannot be read.
 */
export function readFile(path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new FormatError(`${path} cannot be read (${reason(error)}). Check the path.`);
  }
}

/** Parses a JSON file. @throws FormatError when it cannot be read or is no JSON. */
export function readJson(path: string): unknown {
  const text = new TextDecoder().decode(readFile(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError(`${path} is no JSON (${reason(error)}). Correct it.`);
  }
}

/**
 * Writes to a temporary name, syncs, renames: a reader sees the old file or the new one, and a full
 * disk leaves the old one alone.
 * @throws FormatError when the file cannot be written.
 */
export function writeFile(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    makeFolder(dirname(path));
    const file = openSync(temporary, "w");
    try {
      const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
      for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    remove(temporary);
    throw new FormatError(
      `${path} cannot be written (${reason(error)}). Nothing was changed; ` +
        "free some space or choose another place.",
    );
  }
}

/**
 * Makes a folder, and those above it. Not by Node's `recursive`: that never returns where a file
 * system denies that the folder could be (/proc does).
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it in between.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Never throws: `force` forgives a missing file, but not a parent that is no folder. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nothing was made there.
  }
}

/** Why the file system refused, in words. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  const known: Record<string, string> = {
    ENOENT: "it does not exist",
    EACCES: "permission denied",
    EEXIST: "a file stands where a folder is needed",
    EISDIR: "it is a folder",
    ENOTDIR: "a part of the path is no folder",
    ENOSPC: "the disk is full",
    EROFS: "the file system is read-only",
  };
  return known[code ?? ""] ?? error.message;
}
