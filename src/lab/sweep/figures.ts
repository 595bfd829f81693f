/**
 * Tidy rows as curves: a picture for each setting, facet and measure; a colour for each arm, a line for
 * each of its jobs. Seeds are lines of one colour, so that their spread shows.
 */
import type { Cell, Row, View } from "../experiment.js";
import { curvesSvg, type Series } from "../report/curves.js";
import type { Figure, Section } from "../report/report.js";
import { SEED, type SweepPlan, variedFields } from "./plan.js";

export interface Plotted {
  readonly plan: SweepPlan;
  readonly rows: readonly Row[];
  readonly view: View | undefined;
}

/** A page with more pictures is slow to read again and again. */
const MOST_SECTIONS = 24;
const MOST_MEASURES = 6;

/** A section for each setting and facet. */
export function curvesOf(plotted: Plotted): Section[] {
  const { rows, plan } = plotted;
  const view = plotted.view ?? guessView(plotted);
  if (!view) return [];
  const varied = variedFields(plan.set).filter((name) => name !== view.x);
  const { facet } = view;
  const titleOf = (row: Row): string =>
    [
      ...varied.map((name) => `${name}=${row[name]}`),
      ...(facet ? [String(row[facet] ?? "–")] : []),
    ].join(" ") || "Curves";
  const styles = stylesOf(rows, view);
  const all = [...groups(rows, titleOf)].map(([title, some], i) => ({
    title: String(title),
    figures: view.y.flatMap((y, k): Figure[] => {
      const series = seriesOf(some, { y, view, plan, styles });
      if (series.length === 0) return [];
      const svg = curvesSvg({ title: y, x: view.x, y: "", series });
      return [{ name: `curves-${i}-${k}`, caption: "", svg }];
    }),
  }));
  const drawn = all.filter(({ figures }) => figures.length > 0);
  const more = drawn.length - MOST_SECTIONS;
  if (more <= 0) return drawn;
  const text = [`${more} more can be drawn from results.parquet.`];
  return [...drawn.slice(0, MOST_SECTIONS), { title: "More curves", text }];
}

interface Drawing {
  readonly y: string;
  readonly view: View;
  readonly plan: SweepPlan;
  readonly styles: ReadonlyMap<string, Style>;
}

function seriesOf(rows: readonly Row[], { y, view, plan, styles }: Drawing): Series[] {
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
    return [{ name, ...(styles.get(arm) ?? { colour: "#111" }), points }];
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

type Style = Pick<Series, "colour" | "dashed">;

/** The first arms have lines of these colours, the next ones are dashed. */
const COLOURS = [
  ["#0b62c4", "#d1495b", "#2e933c", "#e08e0b", "#7b4fb5"],
  ["#0f8b8d", "#8c4a2f", "#d45fb0", "#6b7480", "#9a9a00"],
].flat();

function stylesOf(rows: readonly Row[], { by }: View): Map<string, Style> {
  const arms = [...new Set(rows.map((row) => String(row[by] ?? "–")))];
  return new Map(
    arms.map((arm, i) => {
      const colour = COLOURS[i % COLOURS.length] ?? "#111";
      return [arm, { colour, dashed: i % (2 * COLOURS.length) >= COLOURS.length }];
    }),
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
