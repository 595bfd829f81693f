/** Parses, calls, and turns errors into one line and an exit code. */
import { CommanderError } from "commander";
import { HitofudeError, UsageError } from "../errors.js";
import { program } from "./program.js";

/** 0: done; 1: it failed; 2: it was asked for wrongly; 130: interrupted. */
const FAILED = 1;
const MISUSED = 2;

/** Runs one command; `args` are the words after `hitofude`. Sets and returns the exit code. */
export async function execute(args: readonly string[]): Promise<number> {
  process.exitCode = 0;
  try {
    await program().parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = exitCode(error);
    const debug = process.env.HITOFUDE_DEBUG === "1";
    if (debug) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    else if (!(error instanceof CommanderError)) process.stderr.write(`error: ${message(error)}\n`);
  }
  return Number(process.exitCode);
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
  return error instanceof UsageError ? MISUSED : FAILED;
}

function message(error: unknown): string {
  if (error instanceof HitofudeError) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return `${text.replaceAll(/\s*\n\s*/g, " ")} (set HITOFUDE_DEBUG=1 for details)`;
}
