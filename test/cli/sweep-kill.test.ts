/** `hitofude sweep` when it is killed, by Ctrl-C too; two at once. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { call, run, temporaryFolder } from "./cli.js";
import { idsOf, linesOf, preload, sweepOf } from "./small-sweep.js";

const at = temporaryFolder();
/** The sweep kills itself when it syncs the third line of jobs.jsonl. */
const KILLED = `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { openSync, fsyncSync } = fs;
const files = new Set();
let lines = 0;
fs.openSync = (path, ...more) => {
  const file = openSync(path, ...more);
  if (String(path).endsWith("jobs.jsonl") && more[0] === "a") files.add(file);
  else files.delete(file);
  return file;
};
fs.fsyncSync = (file) => {
  if (files.has(file) && ++lines === 3) process.kill(process.pid, "SIGKILL");
  fsyncSync(file);
};
syncBuiltinESMExports();`;

function killed(args: readonly string[], token: string): Promise<NodeJS.Signals | null> {
  const command = ["--import", "tsx", "--import", preload(KILLED), "src/cli/main.ts", ...args];
  const env = { ...process.env, HITOFUDE_TEST_TOKEN: token };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { stdio: "ignore", env });
    child.on("close", (_, signal) => resolve(signal));
  });
}

/** Processes that were started with the token; Linux alone tells. */
function alive(token: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(token);
    } catch {
      return false;
    }
  });
}

test("a killed sweep leaves its finished arms and no processes; the same command goes on", async () => {
  const args = sweepOf(at("run"));
  const token = `token-${process.pid}`;
  expect(await killed(args, token)).toBe("SIGKILL");
  const kept = linesOf(at("run"));
  expect(kept).toHaveLength(3);
  expect(existsSync(at("run", "lock.json"))).toBe(true);
  if (process.platform === "linux") {
    await expect.poll(() => alive(token), { timeout: 20_000, interval: 100 }).toEqual([]);
  }
  // As a kill in the middle of a write would leave it.
  writeFileSync(at("run", "jobs.jsonl"), `${kept.join("\n")}\n{"format":"hitofude-job/1","id":"ex`);
  const ended = await call(...args);
  expect(ended.code, ended.err).toBe(0);
  expect(JSON.parse(ended.out)).toMatchObject({ done: 8, new: 5, total: 8, finished: true });
  expect(linesOf(at("run")).slice(0, 3)).toEqual(kept);
  expect(new Set(idsOf(at("run"))).size).toBe(8);
  expect(idsOf(at("run"))).toHaveLength(8);
  expect(existsSync(at("run", "lock.json"))).toBe(false);
}, 300_000);

test("Ctrl-C ends with code 130, and says that the command goes on", async () => {
  const slow = ["sweep", "exact-1d", "--quick", "--set", "iterations=9000", "--out", at("stopped")];
  const ended = await run(slow, ["sweep exact-1d 0/", 1500]);
  expect(ended.code, ended.err).toBe(130);
  expect(ended.err).toContain("stopping");
  expect(ended.out).toContain("0 of 52 done; the same command goes on");
  expect(existsSync(at("stopped", "lock.json"))).toBe(false);
}, 120_000);

test("a folder takes one sweep at a time; a lock whose process is gone is taken over", async () => {
  const lock = at("run", "lock.json");
  const tell = async (holder: object): Promise<string> => {
    writeFileSync(lock, JSON.stringify(holder));
    const { code, err } = await call(...sweepOf(at("run")));
    return `${code} ${err.trim().replaceAll(at(), "TMP")}`;
  };
  const host = hostname();
  // The parent of this process is alive.
  const held = await tell({ pid: process.ppid, host });
  expect(held.replace(String(process.ppid), "PID")).toMatchInlineSnapshot(
    `"2 error: TMP/run is in use by process PID. Wait for it, give another --out, or remove TMP/run/lock.json if it is gone."`,
  );
  expect(await tell({ pid: 7, host: "elsewhere" })).toMatchInlineSnapshot(
    `"2 error: TMP/run is in use by process 7 on elsewhere. Wait for it, give another --out, or remove TMP/run/lock.json if it is gone."`,
  );
  expect(await tell({ pid: 2 ** 22 + 1, host })).toBe("0 ");
  // The number went to another process, which began at another time.
  if (process.platform === "linux") {
    expect(await tell({ pid: process.ppid, host, began: "1" })).toBe("0 ");
  }
  writeFileSync(lock, "");
  expect((await call(...sweepOf(at("run")))).code).toBe(0);
  expect(readdirSync(at("run")).filter((name) => name.includes("lock"))).toEqual([]);
}, 120_000);
