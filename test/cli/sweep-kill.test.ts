/** `hitofude sweep` when it, or one of its workers, ends at a bad moment; two at once; Ctrl-C. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { call, type Ended, run, temporaryFolder } from "./cli.js";

const at = temporaryFolder();
const SMALL = ["--quick", "--set", "instances=0", "--set", "levels=3", "--set", "iterations=2"];
/** Four arms on each of two seeds. */
const sweepOf = (out: string): string[] => {
  const arms = ["--seeds", "1..2", "--match", "R2 IKL", "--match", "R3 IKL"];
  return ["sweep", "exact-1d", ...SMALL, ...arms, "--workers", "2", "--out", at(out), "--json"];
};
const linesOf = (out: string): string[] =>
  readFileSync(at(out, "jobs.jsonl"), "utf8").split("\n").slice(0, -1);
const idsOf = (out: string): string[] =>
  linesOf(out).map((line) => (JSON.parse(line) as { id: string }).id);

/** Loaded by a process and all that it starts, before anything else. */
const preload = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** The command in this process; only its workers load the code. */
async function withWorkers(code: string, args: readonly string[]): Promise<Ended> {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${before ?? ""} --import ${preload(code)}`;
  try {
    return await call(...args);
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
}

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
  const args = sweepOf("run");
  const token = `token-${process.pid}`;
  expect(await killed(args, token)).toBe("SIGKILL");
  const kept = linesOf("run");
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
  expect(linesOf("run").slice(0, 3)).toEqual(kept);
  expect(new Set(idsOf("run")).size).toBe(8);
  expect(idsOf("run")).toHaveLength(8);
  expect(existsSync(at("run", "lock.json"))).toBe(false);
}, 120_000);

test("a worker that is killed once costs nothing", async () => {
  const mark = JSON.stringify(at("mark"));
  const ended = await withWorkers(
    `import fs from "node:fs";
    process.on("message", ({ job }) => {
      if (job !== "0 R3 IKL w=1" || fs.existsSync(${mark})) return;
      fs.writeFileSync(${mark}, "");
      process.kill(process.pid, "SIGKILL");
    });`,
    sweepOf("once"),
  );
  expect(ended.code, ended.err).toBe(0);
  expect(existsSync(at("mark"))).toBe(true);
  expect(JSON.parse(ended.out)).toMatchObject({ done: 8, failed: [] });
  expect(idsOf("once")).toHaveLength(8);
}, 120_000);

test("what fails is recorded, stops nothing else, and is tried again by the same command", async () => {
  // R2 = tanh z throws; R3 with IKL w=1 takes its worker down, every time.
  const ended = await withWorkers(
    `Math.tanh = () => { throw new Error("no tanh"); };
    process.on("message", ({ job }) => {
      if (job === "0 R3 IKL w=1") process.kill(process.pid, "SIGKILL");
    });`,
    sweepOf("fails"),
  );
  expect(ended.code).toBe(1);
  const facts = JSON.parse(ended.out);
  expect(facts).toMatchObject({ done: 2, total: 8, finished: false });
  const errors = facts.failed.map(({ id, error }: { id: string; error: string }) => {
    return `${id.split("/").at(-1)}: ${error.replace(/after \d+ s/, "after N s")}`;
  });
  expect([...new Set(errors)].sort()).toMatchInlineSnapshot(`
    [
      "0 R2 IKL w=1: no tanh",
      "0 R2 IKL w=σ²: no tanh",
      "0 R3 IKL w=1: its worker process ended twice: SIGKILL after N s",
    ]
  `);
  expect(facts.failed).toHaveLength(6);
  expect(readFileSync(at("fails", "sweep.html"), "utf8")).toContain("no tanh");
  const again = await call(...sweepOf("fails"));
  expect(again.code, again.err).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ done: 8, new: 6, failed: [] });
}, 120_000);

test("workers that do not start end the sweep with one line", async () => {
  const ended = await withWorkers(
    `if (process.argv[1]?.includes("sweep-worker")) throw new Error("no room for a heap");`,
    sweepOf("unstarted"),
  );
  expect(ended.code).toBe(1);
  expect(ended.err).toMatchInlineSnapshot(`
    "error: A worker process does not start: it ended with code 1 (data:text/javascript,if%20(process.argv%5B1%5D%3F.includes(%22sweep-worker%22))%20throw%20new%20Error(%22no%20room%20for%20a%20heap%22)%3B:1). Give fewer --workers if memory is short.
    "
  `);
}, 60_000);

test("Ctrl-C ends with code 130, and says that the command goes on", async () => {
  const slow = ["sweep", "exact-1d", "--quick", "--set", "iterations=9000", "--out", at("stopped")];
  const ended = await run(slow, ["sweep exact-1d 0/", 1500]);
  expect(ended.code, ended.err).toBe(130);
  expect(ended.err).toContain("stopping");
  expect(ended.out).toContain("0 of 52 done; the same command goes on");
  expect(existsSync(at("stopped", "lock.json"))).toBe(false);
}, 60_000);

test("a folder takes one sweep at a time; a lock whose process is gone is taken over", async () => {
  const lock = at("run", "lock.json");
  const tell = async (holder: object): Promise<string> => {
    writeFileSync(lock, JSON.stringify(holder));
    const { code, err } = await call(...sweepOf("run"));
    return `${code} ${err.trim().replaceAll(at(), "TMP")}`;
  };
  const host = hostname();
  // The parent of this process is alive.
  const held = await tell({ pid: process.ppid, host });
  expect(held.replace(String(process.ppid), "PID")).toMatchInlineSnapshot(`"2 error: TMP/run is in use by process PID. Wait for it, give another --out, or remove TMP/run/lock.json if it is gone."`);
  expect(await tell({ pid: 7, host: "elsewhere" })).toMatchInlineSnapshot(`"2 error: TMP/run is in use by process 7 on elsewhere. Wait for it, give another --out, or remove TMP/run/lock.json if it is gone."`);
  expect(await tell({ pid: 2 ** 22 + 1, host })).toBe("0 ");
  // The number went to another process, which began at another time.
  if (process.platform === "linux") {
    expect(await tell({ pid: process.ppid, host, began: "1" })).toBe("0 ");
  }
  writeFileSync(lock, "");
  expect((await call(...sweepOf("run"))).code).toBe(0);
  expect(readdirSync(at("run")).filter((name) => name.includes("lock"))).toEqual([]);
}, 60_000);
