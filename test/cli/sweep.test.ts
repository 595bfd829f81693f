/** `hitofude sweep`: the files it writes, what can be read from them, and jobs that run elsewhere. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { call, temporaryFolder, writeConfig } from "./cli.js";

const at = temporaryFolder();
type Row = Record<string, unknown>;

/** Two arms of exact-1d for each setting: four settings, a second or two for each. */
const SMALL = ["--quick", "--set", "instances=0", "--set", "levels=3,4", "--set", "iterations=2"];
const ARMS = ["--seeds", "1..2", "--match", "R2 IKL", "--workers", "2"];
const sweep = (...args: readonly string[]) => call("sweep", "exact-1d", ...SMALL, ...ARMS, ...args);

function linesOf(path: string): Row[] {
  const texts = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return texts.map((text) => JSON.parse(text) as Row);
}

async function parquetOf(path: string): Promise<Row[]> {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return (await parquetReadObjects({ file: file as ArrayBuffer })) as Row[];
}

test("arms × settings × seeds, in one table that Parquet holds too", async () => {
  const ended = await sweep("--out", at("run"), "--json");
  expect(ended.code, ended.err).toBe(0);
  expect(ended.err).toBe("");
  const facts = JSON.parse(ended.out);
  expect(facts).toMatchObject({ experiment: "exact-1d", done: 8, new: 8, total: 8, failed: [] });
  const files = ["jobs.jsonl", "results.jsonl", "results.parquet", "sweep.html", "sweep.json"];
  expect(readdirSync(at("run"))).toEqual(files);
  const rows = linesOf(at("run", "results.jsonl"));
  expect(rows).toHaveLength(facts.rows);
  const settings = new Set(rows.map((row) => `${row.levels} ${row.seed} ${row.arm}`));
  expect(settings.size).toBe(8);
  expect(rows[0]).toMatchObject({ experiment: "exact-1d", iterations: 2, alpha: 0, point: 0 });
  const stored = await parquetOf(at("run", "results.parquet"));
  expect(typeof stored[0]?.seed).toBe("bigint");
  const plain = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);
  const read = stored.map((row) => mapped(row, plain));
  expect(read).toEqual(rows);
  const page = readFileSync(at("run", "sweep.html"), "utf8");
  expect(page).toContain("8 of 8 arms");
  expect(page).not.toContain('http-equiv="refresh"');

  const again = await call("sweep", "--config", at("run", "sweep.json"), "--out", at("run"));
  expect(again.code, again.err).toBe(0);
  expect(again.out).toContain("sweep exact-1d: 0 arms in");
  expect(linesOf(at("run", "results.jsonl"))).toEqual(rows);
}, 300_000);

function mapped(row: Row, f: (value: unknown) => unknown): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, f(value)]));
}

test("--dry-run lists, writes nothing", async () => {
  const text = await sweep("--out", at("none"), "--dry-run");
  expect(text.out).toMatchInlineSnapshot(`
    "exact-1d: 4 settings, 8 arms: 0 done, 8 to run
    levels=3 seed=1 · 0 R2 IKL w=1
    levels=3 seed=1 · 0 R2 IKL w=σ²
    levels=4 seed=1 · 0 R2 IKL w=1
    levels=4 seed=1 · 0 R2 IKL w=σ²
    levels=3 seed=2 · 0 R2 IKL w=1
    levels=3 seed=2 · 0 R2 IKL w=σ²
    levels=4 seed=2 · 0 R2 IKL w=1
    levels=4 seed=2 · 0 R2 IKL w=σ²
    "
  `);
  const json = JSON.parse((await sweep("--out", at("none"), "--dry-run", "--json")).out);
  expect(json).toMatchObject({ experiment: "exact-1d", settings: 4, done: 0, later: 0 });
  expect(json.jobs).toHaveLength(8);
  expect(json.jobs[0]).toMatchObject({
    format: "hitofude-job/1",
    id: "exact-1d/arms=few,instances=0,iterations=2,levels=3,seed=1/0 R2 IKL w=1",
    config: { arms: "few", instances: 0, levels: 3, iterations: 2, seed: 1 },
    job: "0 R2 IKL w=1",
  });
  expect(existsSync(at("none"))).toBe(false);
  const whole = await call("sweep", "exact-1d", "--quick", "--set", "instances=1", "--dry-run");
  expect(whole.out).toContain("1 settings, 42 arms: 0 done, 32 to run, 10 more follow from their");
});

test("jobs that were exported, run one by one, and imported are those of a sweep", async () => {
  const exported = await sweep("--out", at("far"), "--export", at("jobs.jsonl"));
  expect(exported.code, exported.err).toBe(0);
  expect(existsSync(at("far"))).toBe(false);
  const texts = readFileSync(at("jobs.jsonl"), "utf8").split("\n").slice(0, -1);
  expect(texts).toHaveLength(8);
  const done: string[] = [];
  for (const text of texts.slice(0, 7)) {
    const ended = await call("run-job", text);
    expect(ended.code, ended.err).toBe(0);
    done.push(ended.out);
  }
  writeFileSync(at("done.jsonl"), done.join(""));
  const left = ["--import", at("done.jsonl"), "--export", at("left.jsonl")];
  expect((await sweep("--out", at("far"), ...left)).err).toBe("imported 7 arms\n");
  expect(readFileSync(at("left.jsonl"), "utf8")).toBe(`${texts[7]}\n`);
  const ended = await sweep("--out", at("far"), "--import", at("done.jsonl"), "--json");
  expect(JSON.parse(ended.out)).toMatchObject({ done: 8, new: 1 });
  const untimed = (rows: Row[]): Row[] => rows.map((row) => ({ ...row, seconds: 0 }));
  const [far, near] = ["far", "run"].map((out) => linesOf(at(out, "results.jsonl")));
  expect(untimed(far ?? [])).toEqual(untimed(near ?? []));
}, 300_000);

test("another plan for a folder is refused, or added", async () => {
  const seeds = ["--seeds", "2..3"];
  const wider = ["sweep", "exact-1d", ...SMALL, "--match", "R2 IKL", ...seeds, "--out", at("run")];
  expect(await failure(...wider)).toMatchInlineSnapshot(
    `"2 error: TMP/run holds another sweep (set.seed: [1,2], now [2,3]). To go on with it, give --config TMP/run/sweep.json alone; to add this one to it, give --extend; for a new one, give another --out."`,
  );
  const added = await call(...wider, "--extend", "--json");
  expect(added.code, added.err).toBe(0);
  // Seed 2 was there; the table holds seeds 1 to 3.
  expect(JSON.parse(added.out)).toMatchObject({ done: 8, new: 4 });
  const rows = linesOf(at("run", "results.jsonl"));
  expect([...new Set(rows.map(({ seed }) => seed))].sort()).toEqual([1, 2, 3]);
}, 300_000);

/** The code, and the one line on standard error. */
async function failure(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await call(...args);
  expect(out).toBe("");
  expect(err.split("\n")).toHaveLength(2);
  return `${code} ${err.trim().replaceAll(at(), "TMP")}`;
}

test("what is asked for wrongly", async () => {
  const exact = (...args: readonly string[]) => failure("sweep", "exact-1d", ...args);
  expect(await failure("sweep")).toMatchInlineSnapshot(
    `"2 error: sweep: name an experiment, such as exact-1d; hitofude lab lists them."`,
  );
  // The list grows with the registry.
  expect(await failure("sweep", "exact-9d")).toMatch(
    /^2 error: There is no experiment exact-9d. Choose from: exact-1d/,
  );
  expect(await exact("--set", "levels")).toMatchInlineSnapshot(
    `"2 error: --set levels is no field=values. Give one such as levels=8,14."`,
  );
  expect(await exact("--set", "depth=3")).toMatchInlineSnapshot(
    `"2 error: --set: there is no field depth. Known: arms, instances, levels, iterations, seed."`,
  );
  expect(await exact("--set", "levels=3,many")).toMatchInlineSnapshot(
    `"2 error: --set: levels is "many"; give a whole number, at least 2 and at most 100."`,
  );
  expect(await exact("--set", "levels=3", "--set", "levels=4")).toMatchInlineSnapshot(
    `"2 error: levels is given twice. Join its values by commas."`,
  );
  expect(await exact("--set", "arms=some")).toMatchInlineSnapshot(
    `"2 error: --set: arms is "some"; give one of: few, all."`,
  );
  expect(await exact("--seeds", "5..1")).toMatchInlineSnapshot(
    `"2 error: --seeds 5..1: "5..1" is no seed and no range of at most 10000. Give one such as 1..5 or 1,3,7; each is a whole number, at least 0 and at most 4294967295."`,
  );
  expect(await exact("--seeds", "1..")).toMatchInlineSnapshot(
    `"2 error: --seeds 1..: "1.." is no seed and no range of at most 10000. Give one such as 1..5 or 1,3,7; each is a whole number, at least 0 and at most 4294967295."`,
  );
  expect(await exact("--seeds", "0..9999", "--set", twenty)).toMatchInlineSnapshot(
    `"2 error: The sweep has 200000 settings, more than 100000. Give fewer values."`,
  );
  expect(await exact("--workers", "0")).toMatchInlineSnapshot(
    `"2 error: option '--workers <n>' argument '0' is invalid. Give a whole number, at least 1."`,
  );
  expect(await exact("--import", at("no.jsonl"), "--out", at("x"))).toMatchInlineSnapshot(
    `"2 error: --import: there is no file TMP/no.jsonl. Check the path."`,
  );
});

const twenty = `levels=${Array.from({ length: 20 }, (_, i) => i + 2)}`;

test("files that are no sweeps and no jobs", async () => {
  const file = (table: unknown) =>
    failure("sweep", "--config", writeConfig(at("sweep.json"), table), "--dry-run");
  expect(await failure("sweep", "--config", at("no.json"))).toMatchInlineSnapshot(
    `"2 error: There is no sweep at TMP/no.json. Name the sweep.json of an earlier one."`,
  );
  expect(await file([1])).toMatchInlineSnapshot(
    `"2 error: TMP/sweep.json: it holds no sweep. A sweep has: experiment, base, set, seeds, match."`,
  );
  expect(await file({ experiment: "exact-1d", grid: {} })).toMatchInlineSnapshot(
    `"2 error: TMP/sweep.json: there is no field grid. A sweep has: experiment, base, set, seeds, match."`,
  );
  expect(await file({ experiment: "exact-1d", set: { levels: 3 } })).toMatchInlineSnapshot(
    `"2 error: TMP/sweep.json: set.levels is no list. Give the values that levels takes."`,
  );
  expect(await file({ experiment: "exact-1d", set: { levels: [1] } })).toMatchInlineSnapshot(
    `"2 error: TMP/sweep.json: levels is 1; give a whole number, at least 2 and at most 100."`,
  );
  expect(await file({ experiment: "exact-1d", set: 3 })).toMatchInlineSnapshot(
    `"2 error: TMP/sweep.json: set is no table. Give {"field": [values]}."`,
  );
  expect(await file({ experiment: "exact-1d", match: "R1" })).toMatchInlineSnapshot(
    `"2 error: TMP/sweep.json: match is no list of texts. Give parts of the arms' names."`,
  );
  expect(await file({ experiment: "exact-1d", base: { depth: 1 } })).toMatchInlineSnapshot(
    `"2 error: TMP/sweep.json: there is no field base.depth. Known: arms, instances, levels, iterations, seed."`,
  );
  const other = writeConfig(at("sweep.json"), { experiment: "exact-1d" });
  expect(await failure("sweep", "toy-9d", "--config", other)).toMatchInlineSnapshot(
    `"2 error: TMP/sweep.json is a sweep of exact-1d, not of toy-9d. Leave the name out."`,
  );
  const seeds = writeConfig(at("sweep.json"), { experiment: "exact-1d", seeds: "3..4,7" });
  const listed = await call("sweep", "--config", seeds, "--dry-run", "--json");
  expect(JSON.parse(listed.out)).toMatchObject({ settings: 3, set: { seed: [3, 4, 7] } });

  const job = { format: "hitofude-job/1", experiment: "exact-1d", job: "0 R1 IKL w=1" };
  const config = { arms: "few", instances: 0, levels: 3, iterations: 2, seed: 1 };
  const runJob = (table: unknown) => failure("run-job", JSON.stringify(table));
  expect(await failure("run-job", "{")).toMatchInlineSnapshot(
    `"2 error: run-job: { is no JSON object. Give a line that hitofude sweep --export wrote."`,
  );
  expect(await runJob({ ...job, format: "2", config })).toMatchInlineSnapshot(
    `"2 error: run-job: the format is "2", not "hitofude-job/1". Give a line that hitofude sweep --export wrote."`,
  );
  expect(await runJob({ format: job.format, config })).toMatchInlineSnapshot(
    `"2 error: run-job: there is no name of an experiment. Give a line that hitofude sweep --export wrote."`,
  );
  expect(await runJob({ ...job, job: 1, config })).toMatchInlineSnapshot(
    `"2 error: run-job: there is no name of a job. Give a line that hitofude sweep --export wrote."`,
  );
  expect(await runJob({ ...job, config: { levels: 3 } })).toMatchInlineSnapshot(
    `"2 error: run-job: the field config.arms is missing. Give a line that hitofude sweep --export wrote."`,
  );
  const unknown = await call("run-job", JSON.stringify({ ...job, config, job: "0 R1 none" }));
  expect(unknown.code).toBe(1);
  expect(JSON.parse(unknown.out)).toMatchObject({
    job: "0 R1 none",
    error:
      'exact-1d has no job "0 R1 none" with this config. Take one that hitofude sweep --export wrote.',
  });
  writeFileSync(at("bad.jsonl"), "{}\n");
  const imported = ["sweep", "exact-1d", "--out", at("x"), "--import", at("bad.jsonl")];
  expect(await failure(...imported)).toMatchInlineSnapshot(
    `"2 error: TMP/bad.jsonl: no line is a job that ended. Give lines that hitofude run-job printed."`,
  );
});
