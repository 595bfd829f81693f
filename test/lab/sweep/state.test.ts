/** What waits, runs, is done and failed; and what follows from results. */
import { expect, test } from "vitest";
import type { SweepPlan } from "../../../src/lab/sweep/plan.js";
import { SweepState, shortName } from "../../../src/lab/sweep/state.js";
import { madeUp } from "./made-up.js";

const plan: SweepPlan = {
  experiment: "made-up",
  base: { seed: 1, width: 2 },
  set: { width: [2, 3], seed: [1] },
  match: [],
};
const done = (value: number) => ({ seconds: 2, result: { value } });

test("jobs come in order; a second stage follows from the first one's results", () => {
  const state = new SweepState(plan, madeUp(), []);
  const jobs = [1, 2, 3, 4].map(() => state.next());
  expect(jobs.map((job) => job && shortName(plan, job))).toEqual([
    "width=2 seed=1 · a",
    "width=2 seed=1 · b",
    "width=3 seed=1 · a",
    "width=3 seed=1 · b",
  ]);
  expect(state.next()).toBeUndefined();
  expect(state.ended).toBe(false);
  const [a, b] = jobs;
  if (!a || !b) throw new Error("no jobs");
  expect(a.results).toBeUndefined();
  state.end(b, done(5));
  expect(state.next()).toBeUndefined();
  state.end(a, done(7));
  // Nobody could know this job without the results: it takes them along.
  expect(state.next()).toMatchObject({
    id: "made-up/seed=1,width=2/again 7",
    job: "again 7",
    results: { a: { value: 7 }, b: { value: 5 } },
  });
});

test("an experiment that knows its jobs by id sends no results along", () => {
  const job = (_: object, id: string) => ({ id, run: async () => null });
  const finished = ["a", "b"].map((id) => ({
    experiment: "made-up",
    config: { width: 2, seed: 1 },
    job: id,
    ...done(1),
  }));
  const state = new SweepState({ ...plan, set: {} }, madeUp({ job }), finished);
  const next = state.next();
  expect(next?.job).toBe("again 1");
  expect(next?.results).toBeUndefined();
});

test("a failed job is not tried again, and what needs it never comes", () => {
  const state = new SweepState({ ...plan, set: {} }, madeUp(), []);
  const [a, b] = [state.next(), state.next()];
  if (!a || !b) throw new Error("no jobs");
  state.end(a, { seconds: 1, error: "no room" });
  state.end(b, done(1));
  expect(state.next()).toBeUndefined();
  expect(state.ended).toBe(true);
  expect(state.failures).toEqual([{ id: "made-up/seed=1,width=2/a", error: "no room" }]);
});

test("an experiment that cannot name its later jobs fails alone", () => {
  const jobs: NonNullable<Parameters<typeof madeUp>[0]>["jobs"] = ({ width }, results) => {
    if (width === 2 && results.size > 0) throw new Error("nothing to choose from");
    return [{ id: "a", run: async () => null }];
  };
  const state = new SweepState(plan, madeUp({ jobs }), []);
  for (let job = state.next(); job; job = state.next()) state.end(job, done(1));
  expect(state.failures.map(({ error }) => error)).toEqual(["nothing to choose from"]);
  expect(state.counts(() => 0).map((one) => one.done)).toEqual([1, 1]);
});

test("counts, and the work that is left", () => {
  const state = new SweepState(plan, madeUp(), []);
  const [a, b] = [state.next(), state.next()];
  if (!a || !b) throw new Error("no jobs");
  state.end(a, done(1));
  const counts = state.counts((id) => (id === b.id ? 0.5 : 0));
  expect(counts).toMatchObject([
    { label: "width=2", seeds: 1, done: 1, running: 1, failed: 0, total: 3, left: 3 },
    { label: "width=3", done: 0, running: 0, total: 3, left: 6 },
  ]);
});

test("a filter keeps what it matches", () => {
  const state = new SweepState({ ...plan, match: ["b", "again"] }, madeUp(), []);
  expect(state.waiting.map(({ job }) => job)).toEqual(["b", "b"]);
  expect(state.counts(() => 0)).toMatchObject([{ total: 1 }, { total: 1 }]);
});
