/** The options of `hitofude sweep`. */
import { join } from "node:path";
import type { Command } from "commander";
import { wholeNumber } from "./options.js";
import { runSweep, type SweepOptions } from "./sweep.js";
import { type PlanOptions, resolvePlan } from "./sweep-options.js";

type Options = PlanOptions & Partial<SweepOptions>;

export function addSweep(root: Command): void {
  root
    .command("sweep")
    .description("run a laboratory experiment over settings and seeds, on all cores")
    .argument("[experiment]", "one of hitofude lab; or give --config")
    .option(
      "--set <field=values>",
      "values of a field of the config, such as levels=8,14; may be repeated",
      collect,
    )
    .option("--seeds <list>", "values of the field seed: 1..5 or 1,3,7")
    .option("--quick", "the other fields from the experiment's small version")
    .option("--match <text>", "only arms whose name holds the text, or one of several", collect)
    .option("--config <file>", "a sweep.json to start from; options given beside it win")
    .option(
      "-o, --out <folder>",
      "the sweep's folder; one in it goes on (default: runs/sweep/NAME)",
    )
    .option("--extend", "add this sweep to another one of the experiment in the folder")
    .option("--workers <n>", "processes (default: one for each core)", wholeNumber(1))
    .option("--dry-run", "list the arms that would run, and stop")
    .option("--export <file>", "write the arms that would run as job descriptions, and stop")
    .option("--import <file>", "first take over what hitofude run-job printed for such jobs")
    .option("--json", "one JSON object on standard output, nothing else")
    .option("--quiet", "no table")
    .addHelpText(
      "after",
      `
Every value is combined with every other. It writes results.jsonl and results.parquet (one row for each
point), sweep.html (curves, refreshed while it runs), jobs.jsonl and sweep.json. Ctrl-C ends with code
130, failed arms with code 1; even a kill loses no finished arm: the same command goes on.

Examples:
  hitofude sweep exact-1d --quick --set levels=8,14 --set iterations=30,100 --seeds 1..3
  hitofude sweep exact-1d --quick --seeds 1..3 --dry-run
  hitofude sweep --config runs/sweep/exact-1d/sweep.json`,
    )
    .action((name: string | undefined, options: Options) => {
      const plan = resolvePlan(name, options);
      const out = options.out ?? join("runs", "sweep", plan.experiment);
      return runSweep(plan, { ...options, out });
    });
}

/** A repeated option adds to its list. */
function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
