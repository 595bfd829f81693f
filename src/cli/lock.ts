/**
 * One process to a folder. The lock is a file that names the process; one whose process is gone is
 * taken over. Process numbers are used again, in containers soon, so the time at which the process
 * began is looked at too, where the system tells it.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { UsageError } from "../errors.js";
import { reason } from "../io/node-files.js";
import { isTable } from "./config.js";

/** Takes the folder; returns what gives it back. @throws UsageError while another process has it. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, "lock.json");
  const { pid } = process;
  const mine = JSON.stringify({ pid, host: hostname(), began: beganAt(pid) });
  if (!take(path, mine)) {
    // Whoever renames a stale lock first has it; the other finds none, or gives back what is held.
    const before = readText(path);
    if (before !== undefined) refuseIfAlive(folder, path, before);
    const stale = `${path}.${pid}.stale`;
    if (rename(path, stale) && readText(stale) !== before) rename(stale, path);
    rmSync(stale, { force: true });
    if (!take(path, mine)) refuse(folder, path, "another process");
  }
  return () => {
    if (readText(path) === mine) rmSync(path, { force: true });
  };
}

/** Makes the file with its text at once, unless it is there. */
function take(path: string, text: string): boolean {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      // A file system without links.
      writeFileSync(path, text, { flag: "wx" });
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw new UsageError(`${path} cannot be written (${reason(error)}). Name another --out.`);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function refuseIfAlive(folder: string, path: string, text: string): void {
  const { pid, host, began } = parse(text);
  if (typeof pid !== "number") return;
  if (host !== hostname()) refuse(folder, path, `process ${pid} on ${String(host)}`);
  if (pid === process.pid || !isAlive(pid)) return;
  const now = beganAt(pid);
  if (now === undefined || began === undefined || now === began) {
    refuse(folder, path, `process ${pid}`);
  }
}

function refuse(folder: string, path: string, who: string): never {
  throw new UsageError(
    `${folder} is in use by ${who}. Wait for it, give another --out, or remove ${path} if it is gone.`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** When a process began, in the system's own count (Linux: field 22 of /proc/PID/stat). */
function beganAt(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The second field is a name in brackets, which may hold spaces.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isTable(value) ? value : {};
  } catch {
    return {};
  }
}

function rename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
