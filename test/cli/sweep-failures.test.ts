/** `hitofude sweep` when a job throws, or a worker dies. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { call, temporaryFolder } from "./cli.js";
import { idsOf, sweepOf, withWorkers } from "./small-sweep.js";

const at = temporaryFolder();

test("a worker that is killed once costs nothing", async () => {
  const mark = JSON.stringify(at("mark"));
  const ended = await withWorkers(
    `import fs from "node:fs";
    process.on("message", ({ job }) => {
      if (job !== "0 R3 IKL w=1" || fs.existsSync(${mark})) return;
      fs.writeFileSync(${mark}, "");
      process.kill(process.pid, "SIGKILL");
    });`,
    sweepOf(at("once")),
  );
  expect(ended.code, ended.err).toBe(0);
  expect(existsSync(at("mark"))).toBe(true);
  expect(JSON.parse(ended.out)).toMatchObject({ done: 8, failed: [] });
  expect(idsOf(at("once"))).toHaveLength(8);
}, 300_000);

test("what fails is recorded, stops nothing else, and is tried again by the same command", async () => {
  // R2 = tanh z throws; R3 with IKL w=1 takes its worker down, every time.
  const ended = await withWorkers(
    `Math.tanh = () => { throw new Error("no tanh"); };
    process.on("message", ({ job }) => {
      if (job === "0 R3 IKL w=1") process.kill(process.pid, "SIGKILL");
    });`,
    sweepOf(at("fails")),
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
  const again = await call(...sweepOf(at("fails")));
  expect(again.code, again.err).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ done: 8, new: 6, failed: [] });
}, 300_000);

test("workers that do not start end the sweep with one line", async () => {
  const ended = await withWorkers(
    `if (process.argv[1]?.includes("sweep-worker")) throw new Error("no room for a heap");`,
    sweepOf(at("unstarted")),
  );
  expect(ended.code).toBe(1);
  expect(ended.err).toMatchInlineSnapshot(`
    "error: A worker process does not start: it ended with code 1 (Error: no room for a heap). Give fewer --workers if memory is short.
    "
  `);
}, 120_000);
