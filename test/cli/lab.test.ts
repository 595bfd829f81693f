/** `hitofude lab`: the list, a small run, a kill in the middle of it, and what may go wrong. */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { call, run, temporaryFolder } from "./cli.js";

const at = temporaryFolder();
const SMALL = ["--arms", "few", "--instances", "1", "--levels", "3", "--iterations", "2"];
const linesOf = (out: string): string[] =>
  existsSync(at(out, "results.jsonl"))
    ? readFileSync(at(out, "results.jsonl"), "utf8").split("\n").slice(0, -1)
    : [];
const jobsOf = (out: string): string[] =>
  linesOf(out).map((line) => (JSON.parse(line) as { job: string }).job);

/** The process kills itself, with no chance to save, when it syncs a file for the fifth time. */
const KILLED = `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const sync = fs.fsyncSync;
let calls = 0;
fs.fsyncSync = (file) => (++calls < 5 ? sync(file) : process.kill(process.pid, "SIGKILL"));
syncBuiltinESMExports();`;

/** Runs the command until then: config.json and four arms are written, the last one not synced. */
function killed(args: readonly string[]): Promise<NodeJS.Signals | null> {
  const preload = `data:text/javascript,${encodeURIComponent(KILLED)}`;
  const command = ["--import", "tsx", "--import", preload, "src/cli/main.ts", ...args];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { stdio: "ignore" });
    child.on("close", (_, signal) => resolve(signal));
  });
}

test("lab lists its experiments", async () => {
  const listed = await call("lab");
  expect(listed).toMatchObject({ code: 0, err: "" });
  expect(listed.out).toMatch(/^exact-1d {3}exact scores/);
  const json = await call("lab", "--json");
  expect(JSON.parse(json.out)).toMatchObject({
    experiments: [{ name: "exact-1d" }, { name: "toy-2d" }, { name: "emoji-32" }],
  });
  const unknown = await call("lab", "exact-2d");
  expect(unknown.code).toBe(2);
  expect(unknown.err).toBe(
    "error: lab: there is no experiment exact-2d. Known: exact-1d, toy-2d, emoji-32.\n",
  );
});

test("a kill loses no finished arm; a rerun skips what is done, and reports", async () => {
  const args = ["lab", "exact-1d", ...SMALL, "--out", at("run")];
  expect(await killed(args)).toBe("SIGKILL");
  const kept = linesOf("run");
  const part = kept.length;
  expect(part).toBe(4);
  expect(existsSync(at("run", "report.html"))).toBe(false);
  // As a kill in the middle of a write would leave it.
  appendFileSync(at("run", "results.jsonl"), '{"job":"0 R1 IK');
  const ended = await call(...args, "--json");
  expect(ended.code, ended.err).toBe(0);
  expect(ended.err).toBe("");
  const jobs = jobsOf("run");
  expect(new Set(jobs).size).toBe(jobs.length);
  // 5 rows on 3 rewards, 2 + 2 candidates on 5 (3 of them rows too), 2 sides on 5.
  expect(jobs).toHaveLength(15 + 17 + 10);
  expect(linesOf("run").slice(0, part)).toEqual(kept);
  const found = JSON.parse(ended.out);
  expect(found).toMatchObject({ experiment: "exact-1d", finished: true, jobs: 42 });
  expect(found.newJobs).toBe(42 - part);
  expect(found.data.claim.rewards).toHaveLength(5);
  const files = ["config.json", "figures", "report.html", "report.md", "results.jsonl"];
  expect(readdirSync(at("run"))).toEqual(files);
  const markdown = readFileSync(at("run", "report.md"), "utf8");
  for (const [, file = ""] of markdown.matchAll(/\]\((figures\/[^)]+)\)/g)) {
    expect(existsSync(at("run", file)), file).toBe(true);
  }
  expect(markdown).toContain("42 arms took");

  const again = await call(...args, "--json");
  expect(JSON.parse(again.out)).toMatchObject({ newJobs: 0, data: found.data });
  const other = await call(...args, "--levels", "4");
  expect(other.code).toBe(2);
  expect(other.err).toContain("holds results of another config (levels: 3, now 4)");
  const config = ["--config", at("run", "config.json")];
  const same = await call("lab", "exact-1d", ...config, "--out", at("run"));
  expect(same.code, same.err).toBe(0);
  expect(same.out).toContain("0 arms in 0s, 42 in all");
}, 120_000);

test("Ctrl-C stops within an arm, exits 130, and says that the command goes on", async () => {
  const slow = ["--quick", "--iterations", "3000", "--out", at("stopped")];
  const ended = await run(["lab", "exact-1d", ...slow], ["exact-1d 0/", 100]);
  expect(ended.code, ended.err).toBe(130);
  expect(ended.out).toContain(`interrupted, 0 arms kept in ${at("stopped")}`);
}, 120_000);

test("options are checked", async () => {
  const bad = await call("lab", "exact-1d", "--arms", "some");
  expect(bad.code).toBe(2);
  expect(bad.err).toContain("one of: few, all");
  const arm = await call("lab", "emoji-32", "--arms", "kl:x0,hubert:x0", "--out", at("arms"));
  expect(arm.code).toBe(2);
  expect(arm.err).toContain("There is no divergence hubert");
  const help = await call("lab", "exact-1d", "--help");
  expect(help.out).not.toContain("--adapter");
  expect(help.out).toContain("--quick");
  expect(help.out).toContain("hitofude lab exact-1d --quick --out runs/lab/exact-1d-quick");
});

test("a config that is refused leaves no folder, so that the mended command can have it", async () => {
  const refused = await call("lab", "toy-2d", "--rewards", "R9", "--out", at("refused"));
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('There is no reward "R9".');
  const arms = await call("lab", "emoji-32", "--strengths", "x", "--out", at("refused"));
  expect(arms.code).toBe(2);
  expect(existsSync(at("refused"))).toBe(false);
});
