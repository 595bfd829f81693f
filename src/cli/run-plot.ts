/** A run as a picture: one panel for each logged quantity, against the step. */
import { NAMES } from "./progress.js";
import type { LogLine } from "./run-log.js";

const WIDTH = 640;
const PANEL = 110;
const LEFT = 76;
const TOP = 22;
/** More points than this are averaged in groups. */
const POINTS = 320;
/** Positive values that span more than this factor are shown on a logarithmic axis. */
const LOG_SPAN = 30;

type Point = readonly [step: number, value: number];

export function plotSvg(title: string, lines: readonly LogLine[]): string {
  const names = [...new Set(lines.flatMap((line) => Object.keys(line)))];
  const shown = names.filter((name) => name !== "step" && name !== "ms");
  const height = TOP + shown.length * (PANEL + TOP) + 8;
  const panels = shown.map((name, i) => {
    const y = TOP + i * (PANEL + TOP);
    const curve = panel(NAMES[name] ?? name, pointsOf(name, lines));
    return `<g transform="translate(0 ${y})">${curve}</g>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" ` +
    `font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="white"/>\n` +
    `<text x="${LEFT}" y="15">${title}: step ${lines[0]?.step ?? 0} to ` +
    `${lines.at(-1)?.step ?? 0}</text>\n${panels.join("\n")}\n</svg>\n`
  );
}

function pointsOf(name: string, lines: readonly LogLine[]): Point[] {
  const all = lines.flatMap(({ step, [name]: value }): Point[] =>
    step === undefined || value === undefined ? [] : [[step, value]],
  );
  const group = Math.max(1, Math.ceil(all.length / POINTS));
  return Array.from({ length: Math.ceil(all.length / group) }, (_, i) => {
    const some = all.slice(i * group, (i + 1) * group);
    const mean = (k: 0 | 1): number => some.reduce((sum, p) => sum + p[k], 0) / some.length;
    return [mean(0), mean(1)];
  });
}

function panel(name: string, points: readonly Point[]): string {
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  const logarithmic = low > 0 && high > LOG_SPAN * low;
  const axis = (v: number): number => (logarithmic ? Math.log(v) : v);
  const x = (step: number): number =>
    LEFT + ((step - from) / (to - from || 1)) * (WIDTH - LEFT - 12);
  const y = (v: number): number =>
    PANEL * (1 - (axis(v) - axis(low)) / (axis(high) - axis(low) || 1));
  const path = points.map(([step, v]) => `${x(step).toFixed(1)},${y(v).toFixed(1)}`).join(" ");
  const label = (at: number, text: string): string =>
    `<text x="${LEFT - 6}" y="${at}" text-anchor="end">${text}</text>`;
  return (
    `<path d="M${LEFT} 0V${PANEL}H${WIDTH - 12}" fill="none" stroke="#999"/>` +
    label(8, high.toPrecision(3)) +
    label(PANEL, low.toPrecision(3)) +
    label(PANEL / 2, `${name}${logarithmic ? " (log)" : ""}`) +
    `<polyline points="${path}" fill="none" stroke="#1f5fbf" stroke-width="1.3"/>`
  );
}
