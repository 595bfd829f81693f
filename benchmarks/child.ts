/** The process of one engine: it opens the engine and does what the driver asks, in turn. */
import { Bench } from "tinybench";
import { politely } from "../src/device/node-device.js";
import type { Engine, Job } from "./peers/engine.js";
import { openPeer } from "./peers/names.js";
import { type OwnEngine, openOwn } from "./peers/own.js";
import type { Problem } from "./problem.js";
import type { Answer, Order, Prepared } from "./protocol.js";
import { findRow } from "./rows/index.js";
import { type Expected, isRight, type Row } from "./rows/row.js";
import { relativeError } from "./statistics.js";

interface Ready {
  run(times: number): Promise<void>;
  dispose(): void | Promise<void>;
}

let own: OwnEngine | undefined;
let engine: Engine | undefined;
let ready: Ready | undefined;

async function open(name: string, adapter: string): Promise<void> {
  own = await openOwn(name, { adapter });
  engine = own?.engine ?? (await openPeer(name, { adapter }));
}

/** Milliseconds of so many calls, by tinybench's clock. */
async function sample(times: number): Promise<number> {
  const job = ready;
  if (!job) throw new Error("No row is ready.");
  const options = { iterations: 1, time: 0, warmup: false, retainSamples: true };
  // Unless told that it is asynchronous, tinybench calls the function once to find out, and does
  // not wait for it.
  const bench = new Bench(options).add("sample", () => job.run(times), { async: true });
  const [task] = await bench.run();
  const result = task?.result;
  if (result?.state === "errored") throw result.error;
  if (result?.state !== "completed") throw new Error("The sample was not completed.");
  return result.latency.p50;
}

async function prepare(name: string, expected: readonly Expected[]): Promise<Prepared> {
  const row = findRow(name);
  if (row.own) return prepareOwn(row);
  let best: Prepared = { absent: true, why: "no function for it" };
  for (let attempt = 0; ; attempt++) {
    const job = row.problem && (await engine?.prepare(row.problem, attempt));
    if (!job) return best;
    await drop();
    ready = job;
    const firstMs = await sample(1);
    const got = row.checkProblem
      ? await resultsOf(row.checkProblem, attempt)
      : await resultsAfter(job, (row.problem?.checkAfter ?? 1) - 1);
    const relError = worst(expected, got);
    best = { absent: false, firstMs, onceMs: await sample(1), relError };
    if (isRight(row, relError)) return best;
  }
}

async function resultsOf(problem: Problem, attempt: number): Promise<readonly Float32Array[]> {
  const job = await engine?.prepare(problem, attempt);
  if (!job) return [];
  try {
    return await resultsAfter(job, problem.checkAfter ?? 1);
  } finally {
    await job.dispose();
  }
}

/** The results of call number `calls` from now; of any, where they do not build on each other. */
async function resultsAfter(job: Job, calls: number): Promise<readonly Float32Array[]> {
  if (calls > 1) await job.run(calls - 1);
  return job.read();
}

async function prepareOwn(row: Row): Promise<Prepared> {
  if (!own) return { absent: true, why: "a function of hitofude alone" };
  const job = await own.job(row);
  ready = job;
  const firstMs = await sample(1);
  const { relError, notes } = await job.check();
  const onceMs = await sample(1);
  return { absent: false, firstMs, onceMs, relError, ...(notes && { notes }) };
}

function worst(expected: readonly Expected[], got: readonly Float32Array[]): number {
  if (expected.length !== got.length) return Number.POSITIVE_INFINITY;
  return Math.max(
    ...expected.map(({ at, want }, i) => {
      const result = got[i] ?? new Float32Array();
      return relativeError(
        Float64Array.from(at, (place) => result[place] ?? Number.NaN),
        want,
      );
    }),
  );
}

async function drop(): Promise<void> {
  const job = ready;
  ready = undefined;
  await job?.dispose();
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case "open":
      return open(order.engine, order.adapter);
    case "prepare":
      return prepare(order.row, order.expected);
    case "sample":
      return sample(order.times);
    case "drop":
      return drop();
    case "ceilings":
      return own?.ceilings();
  }
}

process.on("message", (message: { id: number; order: Order }) => {
  const { id, order } = message;
  const send = (answer: Answer): void => void process.send?.(answer);
  // All wait alike: Dawn left alone polls without a pause, or under onnxruntime-web not at all.
  politely(obey(order)).then(
    (value) => send({ id, value }),
    (error: unknown) => {
      send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});
// The driver is gone. Not every engine survives an orderly exit.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
