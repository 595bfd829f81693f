/** A small sweep, and code that its processes load first. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { call, type Ended } from "./cli.js";

const SMALL = ["--quick", "--set", "instances=0", "--set", "levels=3", "--set", "iterations=2"];
/** Four arms on each of two seeds. */
export const sweepOf = (out: string): string[] => {
  const arms = ["--seeds", "1..2", "--match", "R2 IKL", "--match", "R3 IKL"];
  return ["sweep", "exact-1d", ...SMALL, ...arms, "--workers", "2", "--out", out, "--json"];
};
export const linesOf = (out: string): string[] =>
  readFileSync(join(out, "jobs.jsonl"), "utf8").split("\n").slice(0, -1);
export const idsOf = (out: string): string[] =>
  linesOf(out).map((line) => (JSON.parse(line) as { id: string }).id);

/** Loaded by a process and all that it starts, before anything else. */
export const preload = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** The command in this process; only its workers load the code. */
export async function withWorkers(code: string, args: readonly string[]): Promise<Ended> {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${before ?? ""} --import ${preload(code)}`;
  try {
    return await call(...args);
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
}
