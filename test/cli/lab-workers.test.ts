/** `hitofude lab --workers`: the same results from several processes; a job that fails; Ctrl-C. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { call, run, temporaryFolder } from "./cli.js";
import { withWorkers } from "./small-sweep.js";

const at = temporaryFolder();
const SMALL = ["--arms", "few", "--instances", "1", "--levels", "3", "--iterations", "2"];
const lab = (out: string, ...more: string[]): string[] => [
  ...["lab", "exact-1d", ...SMALL, "--json", "--out", at(out)],
  ...more,
];

/** What each job gave, whatever the order in which they ended. */
function resultsOf(out: string): Map<string, string> {
  const lines = readFileSync(at(out, "results.jsonl"), "utf8").split("\n").slice(0, -1);
  const all = lines.map((line) => JSON.parse(line) as { job: string; result: unknown });
  return new Map(all.map(({ job, result }) => [job, JSON.stringify(result)]));
}

test("two workers give what one process gives; what failed is tried again", async () => {
  const alone = await call(...lab("alone"));
  expect(alone.code, alone.err).toBe(0);
  // R2 = tanh z throws; names of jobs may hold slashes.
  const failed = await withWorkers(
    `Math.tanh = () => { throw new Error("no tanh"); };`,
    lab("both", "--workers", "2"),
  );
  expect(failed.code).toBe(1);
  expect(failed.err).toMatch(
    /^error: The job 0 R2 .* failed: no tanh; \d+ more failed\. What ended is kept: the same command goes on\.\n$/,
  );
  const kept = resultsOf("both").size;
  expect(kept).toBeGreaterThan(0);
  const both = await call(...lab("both", "--workers", "2"));
  expect(both.code, both.err).toBe(0);
  const found = JSON.parse(both.out);
  expect(found).toMatchObject({ finished: true, newJobs: found.jobs - kept });
  expect(found.data).toEqual(JSON.parse(alone.out).data);
  expect(new Map([...resultsOf("both")].sort())).toEqual(new Map([...resultsOf("alone")].sort()));
  expect(existsSync(at("both", "report.html"))).toBe(true);
}, 300_000);

test("a folder takes one run at a time", async () => {
  const lock = at("alone", "lock.json");
  writeFileSync(lock, JSON.stringify({ pid: process.ppid, host: hostname() }));
  const held = await call(...lab("alone"));
  expect(held.code).toBe(2);
  expect(held.err).toContain(`${at("alone")} is in use by process ${process.ppid}`);
  rmSync(lock);
  expect((await call(...lab("alone"))).code).toBe(0);
  expect(existsSync(lock)).toBe(false);
});

test("Ctrl-C ends the workers too, and exits 130", async () => {
  const slow = ["--quick", "--iterations", "3000", "--workers", "2", "--out", at("stopped")];
  const ended = await run(["lab", "exact-1d", ...slow], ["exact-1d 0/", 100]);
  expect(ended.code, ended.err).toBe(130);
  expect(ended.out).toContain(`interrupted, 0 arms kept in ${at("stopped")}`);
}, 120_000);
