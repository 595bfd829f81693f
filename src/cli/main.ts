#!/usr/bin/env node
/** The command line: parses, calls, and turns errors into one line and an exit code. */
import { CommanderError } from "commander";
import { HitofudeError, UsageError } from "../errors.js";
import { program } from "./program.js";

/** 0: done; 1: it failed; 2: it was asked for wrongly; 130: interrupted. */
const FAILED = 1;
const MISUSED = 2;

// A reader that has seen enough (`hitofude … | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
  const debug = process.env.HITOFUDE_DEBUG === "1";
  if (debug) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  else if (!(error instanceof CommanderError)) process.stderr.write(`error: ${message(error)}\n`);
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
