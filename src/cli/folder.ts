import { accessSync, constants } from "node:fs";
import { UsageError } from "../errors.js";
import { makeFolder as makeFolders, reason } from "../io/node-files.js";

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
