/** A job as data: the same result wherever it runs. */
import { expect, test } from "vitest";
import { openBench } from "../../../src/cli/lab-bench.js";
import { describe, experimentOf, runJobDescription } from "../../../src/lab/sweep/description.js";
import type { Config } from "../../../src/lab/sweep/plan.js";

const exact = experimentOf("exact-1d");
const config = { ...(exact.presets.quick as Config), levels: 3, iterations: 2 };
const bench = openBench({ note: () => {} });
const context = { bench, tick: async () => {} };
const job = "1 R3 IKL w=1";
const described = describe(exact, { config, job, results: new Map() });

test("what goes through JSON gives what the experiment gives", async () => {
  expect(described).toEqual({
    format: "hitofude-job/1",
    id: `exact-1d/arms=few,instances=2,iterations=2,levels=3,seed=1/${job}`,
    experiment: "exact-1d",
    config,
    job,
  });
  const far = await runJobDescription(JSON.parse(JSON.stringify(described)), context);
  const near = await exact.open(config).job(job, new Map())?.run(context);
  expect(far).toEqual(near);
});

test("what cannot be run says so", () => {
  const run = (change: object) => () => runJobDescription({ ...described, ...change }, context);
  expect(run({ experiment: "exact-9d" })).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: There is no experiment exact-9d. Choose from: exact-1d, toy-2d, emoji-32.]`,
  );
  expect(run({ job: "7 R3 IKL w=1" })).toThrowErrorMatchingInlineSnapshot(
    `[UsageError: exact-1d has no job "7 R3 IKL w=1" with this config. Take one that hitofude sweep --export wrote.]`,
  );
});
