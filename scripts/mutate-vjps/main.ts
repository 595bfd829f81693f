/**
 * Mutation run: is a mistake in a derivative noticed by the tests?
 *
 *     npm run mutate                             all rules; writes docs/mutation.md
 *     npm run mutate -- --ops conv2d,softmax     these ops alone, by op, file or shader; no page
 *     npm run mutate -- --list                   the mutants, untried
 *
 * --json prints results as JSON lines; --most N tries N mutants of each rule (default 4; all: 0);
 * --workers N; --results FILE (default: runs/mutation.jsonl). Mutants with a result are not tried
 * again until their file changes. Ends with 1 when a survivor is not explained in explained.ts.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { collectMutants } from "./collect.js";
import { judge, type Killer, type Round, roundsOf } from "./judge.js";
import type { Mutant } from "./mutant.js";
import { page, summary, unexplained } from "./report.js";
import { hashOf, type Result, Results } from "./results.js";
import { TestFinder } from "./tests-of.js";
import { Workplace } from "./workplace.js";

const ROOT = resolve(fileURLToPath(new URL("../..", import.meta.url)));
const { values: options } = parseArgs({
  options: {
    ops: { type: "string" },
    json: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    most: { type: "string", default: "4" },
    workers: { type: "string", default: "2" },
    results: { type: "string", default: join(ROOT, "runs/mutation.jsonl") },
  },
});

interface Job {
  readonly mutant: Mutant;
  readonly rounds: readonly Round[];
  readonly source: string;
  readonly tests: string;
}

const finder = new TestFinder(ROOT);
const results = new Results(options.results);
const jobs = chosen().map(jobOf);

if (options.list) for (const { mutant } of jobs) console.log(`${mutant.line}: ${mutant.id}`);
else await main();

function chosen(): readonly Mutant[] {
  const most = Number(options.most) || Number.POSITIVE_INFINITY;
  const mutants = collectMutants(ROOT, most, (mutant) =>
    results.has(mutant.id, hashOf(ROOT, [mutant.file])),
  );
  const wanted = options.ops?.split(",");
  if (!wanted) return mutants;
  const names = ({ op, file }: Mutant) => [
    op,
    (file.split("/").at(-1) ?? "").replace(/\.\w+$/, ""),
  ];
  return mutants.filter((mutant) => names(mutant).some((name) => wanted.includes(name)));
}

function jobOf(mutant: Mutant): Job {
  const rounds = roundsOf(mutant, finder);
  const tests = [...new Set(rounds.flatMap((round) => round.tests))];
  return {
    mutant,
    rounds,
    source: hashOf(ROOT, [mutant.file]),
    tests: hashOf(ROOT, [...tests, "test/op-suite.ts"]),
  };
}

async function main(): Promise<void> {
  mkdirSync(dirname(options.results), { recursive: true });
  const known = ({ mutant, source, tests }: Job): Result | undefined =>
    results.get(mutant.id, source, tests);
  const queue = jobs.filter((job) => !known(job));
  const places: Workplace[] = [];
  const close = (): void => {
    for (const place of places) place.close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      close();
      process.exit(130);
    });
  }
  const progress = progressOf(queue.length);
  try {
    const count = Math.min(Math.max(1, Number(options.workers)), queue.length);
    while (places.length < count) places.push(new Workplace(ROOT));
    const sound = new Set<string>();
    await Promise.all(
      places.map(async (place) => {
        for (let job = queue.shift(); job; job = queue.shift()) {
          const result = await attempt(place, job, sound);
          results.add(result);
          progress(result);
        }
      }),
    );
  } finally {
    close();
  }
  const pairs = jobs.flatMap((job) => {
    const result = known(job);
    return result ? [{ mutant: job.mutant, result }] : [];
  });
  if (options.json) for (const { result } of pairs) console.log(JSON.stringify(result));
  else console.log(summary(pairs));
  if (!options.ops)
    writeFileSync(join(ROOT, "docs/mutation.md"), page(pairs, Number(options.most)));
  const open = unexplained(pairs);
  for (const { mutant, result } of open) {
    console.error(`${result.state}: ${mutant.id}${result.by ? `\n    ${result.by}` : ""}`);
  }
  if (open.length > 0) process.exitCode = 1;
}

async function attempt(
  place: Workplace,
  { mutant, rounds, source, tests }: Job,
  sound: Set<string>,
): Promise<Result> {
  const begin = performance.now();
  const { killer, ...judged } = await judge(mutant, rounds, place);
  const seconds = Number(((performance.now() - begin) / 1000).toFixed(1));
  if (killer) await checkKiller(place, killer, sound);
  return { id: mutant.id, ...judged, seconds, source, tests };
}

/** A test that fails without any mutant would kill all of them: each killer is run once without. */
async function checkKiller(place: Workplace, killer: Killer, sound: Set<string>): Promise<void> {
  const { adapter, file } = killer;
  if (sound.has(`${adapter} ${file}`)) return;
  sound.add(`${adapter} ${file}`);
  const verdict = await place.run(adapter, [file]);
  if (verdict && verdict.failed === 0 && !verdict.broken && verdict.passed > 0) return;
  const why = verdict?.killer ?? verdict?.broken ?? "it does not end";
  throw new Error(`${file} fails on ${adapter} without a mutant: ${why}`);
}

function progressOf(total: number): (result: Result) => void {
  const begin = performance.now();
  let done = 0;
  return ({ state, id, seconds }) => {
    done += 1;
    const left = ((performance.now() - begin) / done) * (total - done);
    const minutes = (left / 60_000).toFixed(1);
    console.error(`${done}/${total}, ${minutes} min left: ${state} in ${seconds} s: ${id}`);
  };
}
