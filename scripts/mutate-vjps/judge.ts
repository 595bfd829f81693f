/** Tries one mutant: its own tests, then wider ones, on every adapter that runs its code. */
import type { Mutant } from "./mutant.js";
import type { Result } from "./results.js";
import type { Verdict } from "./session.js";
import type { TestFinder } from "./tests-of.js";
import type { Adapter, Workplace } from "./workplace.js";

/** One round of tests; a mutant that survives it meets the next. */
export interface Round {
  readonly adapter: Adapter;
  readonly tests: readonly string[];
  readonly pattern?: string;
}

/** The file whose test failed. */
export interface Killer {
  readonly adapter: Adapter;
  readonly file: string;
}

export function roundsOf({ file, op }: Mutant, finder: TestFinder): Round[] {
  const { own, wide } = finder.testsOf(file);
  const adapter = "swiftshader";
  // Larger subgroups, and tests of halves, which the bundled driver does not have.
  const elsewhere: Round[] = finder.needsMore(file, own)
    ? [{ adapter: "lavapipe", tests: own }]
    : [];
  if (file.endsWith(".wgsl")) return [{ adapter, tests: own }, ...elsewhere];
  const rounds: Round[] = [{ adapter, tests: own }, ...elsewhere, { adapter, tests: wide }];
  const row = /\/(unary|binary)\.ts$/.test(file);
  // These files hold many ops: the suite of this one first.
  return row ? [{ adapter, tests: own, pattern: `^${op}\\b` }, ...rounds] : rounds;
}

/** A mutant that cannot run is no mutant: the shader does not compile, or a name is not there. */
const BROKEN =
  /\.wgsl|is not defined|is not a function|Cannot read|undefined|before initialization/;

export async function judge(
  mutant: Mutant,
  rounds: readonly Round[],
  place: Workplace,
): Promise<Pick<Result, "state" | "by"> & { readonly killer?: Killer }> {
  place.apply(mutant);
  try {
    for (const { adapter, tests, pattern } of rounds) {
      const verdict = await place.run(adapter, tests, pattern);
      if (!verdict) return { state: "timed out", by: tests.join(" ") };
      const judged = stateOf(verdict);
      const [file = ""] = verdict.killer?.split(" > ") ?? [];
      if (judged?.state === "killed") return { ...judged, killer: { adapter, file } };
      if (judged) return judged;
    }
    return { state: "survived" };
  } finally {
    place.restore(mutant);
  }
}

function stateOf({ failed, killer, message, broken }: Verdict) {
  if (broken) return { state: "broken", by: broken } as const;
  if (failed === 0) return undefined;
  if (BROKEN.test(message ?? "")) return { state: "broken", by: `${killer}: ${message}` } as const;
  return { state: "killed", by: `${killer}: ${message}` } as const;
}
