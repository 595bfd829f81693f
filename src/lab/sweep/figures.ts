/**
 * Tidy rows as curves: a picture for each setting, facet and measure; a colour for each arm, a line for
 * each of its jobs. Seeds are lines of one colour, so that their spread shows.
 */
import type { Cell, Row, View } from "../experiment.js";
import { curvesSvg, type Series } from "../report/curves.js";
import type { Figure } from "../report/report.js";
import { SEED, type SweepPlan } from "./plan.js";

export interface Plotted {
  readonly plan: SweepPlan;
  readonly rows: readonly Row[];
  readonly view: View | undefined;
}

/** A page with more pictures is slow to read again and again. */
const MOST_FIGURES = 48;
const MOST_MEASURES = 6;

export function figuresOf(plotted: Plotted): { figures: Figure[]; note?: string } {
  const { rows, plan } = plotted;
  const view = plotted.view ?? guessView(plotted);
  if (!view) return { figures: [] };
  const varied = Object.keys(plan.set).filter((name) => name !== SEED && name !== view.x);
  const labelOf = (row: Row): string =>
    [
      ...varied.map((name) => `${name}=${row[name]}`),
      ...(view.facet ? [String(row[view.facet] ?? "–")] : []),
    ].join(" ");
  const colours = coloursOf(rows, view);
  const all = [...groups(rows, labelOf)].flatMap(([label, some]) =>
    view.y.map((y) => ({ label, y, series: seriesOf(some, { y, view, plan, colours }) })),
  );
  const drawn = all.filter(({ series }) => series.length > 0);
  const figures = drawn.slice(0, MOST_FIGURES).map(({ label, y, series }, i) => {
    const title = label === "" ? y : `${label}: ${y}`;
    return { name: `curves-${i}`, caption: "", svg: curvesSvg({ title, x: view.x, y, series }) };
  });
  const more = drawn.length - figures.length;
  return more > 0
    ? { figures, note: `${MOST_FIGURES} pictures; ${more} more can be drawn from the files.` }
    : { figures };
}

interface Drawing {
  readonly y: string;
  readonly view: View;
  readonly plan: SweepPlan;
  readonly colours: ReadonlyMap<string, string>;
}

function seriesOf(rows: readonly Row[], { y, view, plan, colours }: Drawing): Series[] {
  const { x, by } = view;
  // A field of the config has one value in a job: the curve then goes from job to job.
  const across = x in plan.base;
  const lineOf = (row: Row): string => `${row[by]} ${row[SEED]} ${across ? "" : row.job}`;
  const seen = new Set<string>();
  return [...groups(rows, lineOf).values()].flatMap((line): Series[] => {
    const points = line.flatMap((row) => {
      const [a, b] = [row[x], row[y]];
      return typeof a === "number" && typeof b === "number" ? [[a, b] as const] : [];
    });
    if (points.length === 0) return [];
    if (across) points.sort(([a], [b]) => a - b);
    const arm = String(line[0]?.[by] ?? "–");
    const name = seen.has(arm) ? "" : arm;
    seen.add(arm);
    return [{ name, colour: colours.get(arm) ?? "#000", points }];
  });
}

/** What is worth a picture, where the experiment does not say. */
function guessView({ rows, plan }: Plotted): View | undefined {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const numeric = (name: string): boolean => rows.some((row) => typeof row[name] === "number");
  const varied = Object.keys(plan.set).find((name) => name !== SEED && numeric(name));
  const x = ["alpha", varied, SEED].find((name) => name !== undefined && numeric(name));
  const known = new Set(["seconds", "point", x, ...Object.keys(plan.base)]);
  const y = names.filter((name) => !known.has(name) && numeric(name)).slice(0, MOST_MEASURES);
  const by = names.includes("arm") ? "arm" : "job";
  return x === undefined || y.length === 0 ? undefined : { x, y, by };
}

/** Far apart for neighbours: hues by the golden angle. */
function coloursOf(rows: readonly Row[], { by }: View): Map<string, string> {
  const arms = [...new Set(rows.map((row) => String(row[by] ?? "–")))];
  return new Map(
    arms.map((arm, i) => [
      arm,
      `hsl(${Math.round((210 + i * 137.5) % 360)} 65% ${38 + (i % 3) * 8}%)`,
    ]),
  );
}

function groups(rows: readonly Row[], of: (row: Row) => Cell): Map<Cell, Row[]> {
  const all = new Map<Cell, Row[]>();
  for (const row of rows) {
    const key = of(row);
    const some = all.get(key);
    if (some) some.push(row);
    else all.set(key, [row]);
  }
  return all;
}
