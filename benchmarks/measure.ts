/**
 * Measures a row: every engine is made ready and checked, then all are timed in turn, round after
 * round, so that all see the same noise of the machine.
 */
import { reference } from "./peers/hitofude.js";
import { EngineProcess } from "./process.js";
import type { Ceilings, Prepared } from "./protocol.js";
import { brokenResult, type Result, resultOf, type Timed } from "./results.js";
import { type Expected, isRight, type Row } from "./rows/row.js";
import { places } from "./rows/sampled.js";
import { summarise } from "./statistics.js";

export interface Effort {
  readonly quick: boolean;
  readonly rounds: number;
  /** A sample lasts so long, by calling the row several times. */
  readonly sampleMs: number;
  /** Time that one engine may spend in the samples of a row. */
  readonly budgetMs: number;
  /** An engine that does not answer for so long is given up for the row. */
  readonly patienceMs: number;
  /** Every row in new processes: nothing compiled or kept by the rows before. */
  readonly fresh: boolean;
}

export const FULL: Effort = {
  quick: false,
  rounds: 11,
  sampleMs: 100,
  budgetMs: 5000,
  patienceMs: 600_000,
  fresh: true,
};

export const QUICK: Effort = {
  quick: true,
  rounds: 3,
  sampleMs: 20,
  budgetMs: 400,
  patienceMs: 60_000,
  fresh: false,
};

const MOST_CALLS = 1000;
/** Places of a result that are compared. */
const COMPARED = 512;

/** The processes of the engines: opened when first asked for, and again after an end. */
export class Fleet {
  private readonly open = new Map<string, EngineProcess>();
  private readonly adapter: string;

  constructor(adapter: string) {
    this.adapter = adapter;
  }

  async get(engine: string): Promise<EngineProcess> {
    const known = this.open.get(engine);
    if (known) return known;
    const made = new EngineProcess(engine);
    this.open.set(engine, made);
    try {
      await made.ask({ do: "open", engine, adapter: this.adapter });
    } catch (error) {
      this.drop(engine);
      throw error;
    }
    return made;
  }

  drop(engine: string): void {
    this.open.get(engine)?.close();
    this.open.delete(engine);
  }

  close(): void {
    for (const engine of [...this.open.keys()]) this.drop(engine);
  }
}

/** What the results must be, in float64. */
function expectedOf(row: Row): readonly Expected[] {
  if (row.expect) return row.expect();
  const problem = row.checkProblem ?? row.problem;
  if (!problem) return [];
  return reference(problem).map((want) => {
    const at = places(want.length, COMPARED);
    return { at, want: Float64Array.from(at, (i) => want[i] ?? Number.NaN) };
  });
}

interface Contestant {
  readonly engine: string;
  readonly prepared: Extract<Prepared, { absent: false }>;
  readonly samples: number[];
  readonly times: number;
  spent: number;
}

export interface Measuring {
  readonly fleet: Fleet;
  readonly ceilings: Ceilings;
  readonly effort: Effort;
  readonly engines: readonly string[];
  /** Says what is going on. */
  say(text: string): void;
}

export async function measureRow(row: Row, measuring: Measuring): Promise<Result[]> {
  const { effort, fleet, ceilings, engines, say } = measuring;
  const expected = expectedOf(row);
  const broken: Result[] = [];
  const contestants: Contestant[] = [];
  const failed = (engine: string, error: unknown): void => {
    fleet.drop(engine);
    broken.push(brokenResult(row.name, ceilings.name, engine, firstLine(error)));
    say(`${row.name}: ${engine} failed: ${firstLine(error)}`);
  };
  for (const engine of engines) {
    if (engine === "hitofude naive" && !takesNaive(row, effort)) continue;
    try {
      const made = await prepare(engine, row, expected, measuring);
      if (made) contestants.push(made);
    } catch (error) {
      failed(engine, error);
    }
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (const contestant of contestants) {
      if (isSpent(contestant, effort) || !isRight(row, contestant.prepared.relError)) continue;
      try {
        await sample(contestant, measuring);
      } catch (error) {
        contestant.spent = Number.POSITIVE_INFINITY;
        failed(contestant.engine, error);
      }
    }
  }
  const lost = new Set(broken.map(({ engine }) => engine));
  const left = contestants.filter(({ engine }) => !lost.has(engine));
  if (effort.fresh) fleet.close();
  else for (const { engine } of left) await (await fleet.get(engine)).ask({ do: "drop" });
  return [
    ...left.map((each) => resultOf(row, each.engine, ceilings, timedOf(row, each))),
    ...broken,
  ];
}

/** Ready and checked; undefined where the engine cannot do the row. */
async function prepare(
  engine: string,
  row: Row,
  expected: readonly Expected[],
  { fleet, effort }: Measuring,
): Promise<Contestant | undefined> {
  const order = { do: "prepare", row: row.name, expected } as const;
  const process = await patiently(effort, fleet.get(engine));
  const prepared = await patiently(effort, process.ask<Prepared>(order));
  if (prepared.absent) return undefined;
  const { onceMs } = prepared;
  const times = await callsOf(process, onceMs, effort);
  // A call that is longer than the whole budget is its own sample.
  const long = onceMs > effort.budgetMs;
  return { engine, prepared, times, samples: long ? [onceMs] : [], spent: long ? onceMs : 0 };
}

/**
 * Calls that last about `sampleMs` together. A single call holds a wait for the adapter, which on a GPU
 * may be longer than the work; so the number grows until the calls themselves fill the sample.
 */
async function callsOf(
  process: EngineProcess,
  onceMs: number,
  { sampleMs }: Effort,
): Promise<number> {
  const bounded = (calls: number): number => Math.min(MOST_CALLS, Math.max(1, Math.round(calls)));
  let times = bounded(sampleMs / onceMs);
  while (times > 1 && times < MOST_CALLS) {
    const ms = await process.ask<number>({ do: "sample", times });
    if (ms >= sampleMs / 2) break;
    times = bounded(Math.min(10, sampleMs / ms) * times);
  }
  return times;
}

async function sample(contestant: Contestant, { fleet, effort }: Measuring): Promise<void> {
  const { engine, times, samples } = contestant;
  const process = await fleet.get(engine);
  const ms = await patiently(effort, process.ask<number>({ do: "sample", times }));
  samples.push(ms / times);
  contestant.spent += ms;
}

const isSpent = ({ spent }: Contestant, { budgetMs }: Effort): boolean => spent > budgetMs;

/** A wrong result is not timed any further: the one call after the first stands for it. */
function timedOf(row: Row, contestant: Contestant): Timed {
  const { prepared, samples } = contestant;
  const { firstMs, relError, notes, onceMs } = prepared;
  const summary = summarise(samples.length > 0 ? samples : [onceMs]);
  return { ...summary, firstMs, relError, ok: isRight(row, relError), ...(notes && { notes }) };
}

const takesNaive = ({ naive }: Row, { quick }: Effort): boolean =>
  naive === "always" || (naive === "not quick" && !quick);

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // What Dawn says at every start tells nothing about the end.
  const lines = text.split("\n").filter((line) => !line.startsWith("Warning: maxDynamic"));
  return (lines.find((line) => line.trim() !== "") ?? "it ended").trim().slice(0, 300);
}

async function patiently<T>({ patienceMs }: Effort, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const said = `no answer for ${Math.round(patienceMs / 1000)} s`;
    timer = setTimeout(() => reject(new Error(said)), patienceMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
