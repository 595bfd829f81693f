import { accessSync, constants } from "node:fs";
import { UsageError } from "../errors.js";
import { makeFolder as makeFolders } from "../io/node-files.js";

/** Makes the folder of `--out` before any work is done, so that no work is lost for it. */
export function makeFolder(path: string): void {
  try {
    makeFolders(path);
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `--out: ${path} is no folder to write to (${reason(error)}). Name another.`,
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: "a file stands there",
  ENOTDIR: "a part of the path is a file",
  EACCES: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

/** An error of the file system in words. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return REASONS[(error as NodeJS.ErrnoException).code ?? ""] ?? error.message;
}
