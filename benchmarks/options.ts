/** What `npm run bench` can be asked. */
import { parseArgs } from "node:util";
import { ADAPTER_CHOICES, UsageError } from "../src/node.js";
import { ENGINES, type EngineEntry, isInstalled, OWN, VARIANTS } from "./peers/names.js";
import { LADDER_ROWS, ROWS } from "./rows/index.js";
import type { Row } from "./rows/row.js";

export const HELP = `npm run bench -- [options]            this project against its peers
npm run bench -- ladder [options]     the variants of this project's own kernels

  --rows a,b         rows whose names or families contain one of these words; --list shows them;
                     with --quick, names in full add rows to the short list; "a;b" where names have commas
  --quick            the short list of rows, fewer samples
  --adapter NAME     ${ADAPTER_CHOICES.join(", ")}; default: HITOFUDE_ADAPTER, else auto
  --peers a,b        all (default), none, or words of the peers' names
  --save             writes benchmarks/results/<adapter>.json, row by row
  --resume           as --save, and leaves out the rows that the file has already
  --json             the results as one array on standard output instead of the table
  --list             the rows, and ends
  --report           docs/performance.md from all saved results, and ends
  --help             this

Peers are installed by:  npm --prefix benchmarks ci --ignore-scripts

Examples:
  npm run bench -- --rows matmul,conv --quick
  npm run bench -- --adapter lavapipe --save
  npm run bench -- --adapter lavapipe --resume
  npm run bench -- --rows attention --peers jax,node
  npm run bench -- ladder --rows matmul --adapter swiftshader
  npm run bench -- --report`;

const OPTIONS = {
  rows: { type: "string" },
  quick: { type: "boolean", default: false },
  adapter: { type: "string" },
  peers: { type: "string", default: "all" },
  save: { type: "boolean", default: false },
  resume: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
  report: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

export interface Asked {
  readonly rows: readonly Row[];
  readonly engines: readonly string[];
  /** Peers that were asked for and are not installed. */
  readonly missing: readonly string[];
  readonly adapter: string;
  readonly ladder: boolean;
  readonly quick: boolean;
  readonly save: boolean;
  readonly resume: boolean;
  readonly json: boolean;
  readonly instead: "help" | "list" | "report" | undefined;
}

/** Words between commas; between semicolons where there are some, since names of rows have commas. */
const wordsOf = (text: string): string[] =>
  text.split(text.includes(";") ? ";" : ",").map((word) => word.trim());

export function parse(args: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  const other = positionals.find((word) => word !== "ladder");
  if (other !== undefined) throw new UsageError(`There is no command ${other}. See --help.`);
  const adapter = values.adapter ?? (process.env.HITOFUDE_ADAPTER || "auto");
  if (!ADAPTER_CHOICES.includes(adapter)) {
    throw new UsageError(
      `There is no adapter ${adapter}. Choose one of: ${ADAPTER_CHOICES.join(", ")}.`,
    );
  }
  const ladder = positionals.length > 0;
  const entries = ladder ? VARIANTS : chosenEngines(values.peers);
  const { quick, save, resume, json, help, list, report } = values;
  return {
    rows: chosenRows(ladder ? LADDER_ROWS : ROWS, values.rows, quick),
    engines: entries.filter(isInstalled).map(({ name }) => name),
    missing: entries.filter((entry) => !isInstalled(entry)).map(({ name }) => name),
    ...{ adapter, ladder, quick, save: save || resume, resume, json },
    instead: help ? "help" : list ? "list" : report ? "report" : undefined,
  };
}

/**
 * By words. With --quick those of the short list, and each that is named in full; where that leaves
 * none, all that the words name.
 */
export function chosenRows(all: readonly Row[], words: string | undefined, quick: boolean): Row[] {
  const wanted = words === undefined ? undefined : wordsOf(words);
  const named = all.filter(
    ({ name, family }) =>
      wanted === undefined || wanted.some((word) => name.includes(word) || family === word),
  );
  const short = quick ? named.filter((row) => row.quick || wanted?.includes(row.name)) : named;
  const rows = short.length > 0 ? short : named;
  if (rows.length > 0) return [...rows];
  const families = [...new Set(all.map(({ family }) => family))].join(", ");
  throw new UsageError(`There is no row with ${words}. Families: ${families}; see --list.`);
}

function chosenEngines(peers: string): readonly EngineEntry[] {
  if (peers === "all") return ENGINES;
  const own = ENGINES.filter(({ name }) => OWN.has(name));
  if (peers === "none") return own;
  const words = wordsOf(peers);
  const unknown = words.find((word) => !ENGINES.some(({ name }) => name.includes(word)));
  if (unknown !== undefined) {
    const names = ENGINES.filter(({ name }) => !OWN.has(name)).map(({ name }) => name);
    throw new UsageError(`There is no peer ${unknown}. Choose from: ${names.join(", ")}.`);
  }
  return ENGINES.filter(({ name }) => OWN.has(name) || words.some((word) => name.includes(word)));
}
