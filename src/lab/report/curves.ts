/**
 * Curves in a frame with axes and a legend, as SVG. Pareto curves are a measure against the reward;
 * densities are p(x) against x.
 */
import { escapeText } from "./html.js";

export interface Series {
  /** "": a curve that the legend leaves out, one of several with the same meaning. */
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
  readonly thick?: boolean;
}

export interface CurvesOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** Limits, where they are not those of the points. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
}

const WIDTH = 380;
const PLOT = { left: 46, top: 28, width: 322, height: 220 } as const;
const LEGEND_ROW = 15;
const LEGEND_COLUMNS = 2;

/** What places a value on an axis. */
interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

export function curvesSvg({ title, x, y, series, xRange, yRange }: CurvesOptions): string {
  const points = series.flatMap((one) => one.points);
  const { left, top, width, height } = PLOT;
  const xs = scale(xRange ?? rangeOf(points.map(([value]) => value)), [left, left + width]);
  const ys = scale(yRange ?? rangeOf(points.map(([, value]) => value)), [top + height, top]);
  const named = series.filter(({ name }) => name !== "");
  const rows = Math.ceil(named.length / LEGEND_COLUMNS);
  const total = top + height + 44 + rows * LEGEND_ROW;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${total}" role="img" ` +
    `font-family="system-ui, sans-serif" font-size="11" fill="#1c2127">` +
    `<title>${escapeText(title)}</title><rect width="${WIDTH}" height="${total}" fill="#fff"/>` +
    `<text x="${left}" y="16" font-size="13" font-weight="600">${escapeText(title)}</text>` +
    axes({ x, y, xs, ys }) +
    lines(series, xs, ys) +
    legend(named) +
    "</svg>"
  );
}

function axes({ x, y, xs, ys }: { x: string; y: string; xs: Scale; ys: Scale }): string {
  const { left, top, width, height } = PLOT;
  const bottom = top + height;
  const vertical = xs.ticks.map(
    (tick) =>
      `<path d="M${round(xs.at(tick))} ${top}V${bottom}" stroke="#e6e9ec"/>` +
      `<text x="${round(xs.at(tick))}" y="${bottom + 14}" text-anchor="middle">${tick}</text>`,
  );
  const horizontal = ys.ticks.map(
    (tick) =>
      `<path d="M${left} ${round(ys.at(tick))}h${width}" stroke="#e6e9ec"/>` +
      `<text x="${left - 5}" y="${round(ys.at(tick) + 4)}" text-anchor="end">${tick}</text>`,
  );
  const middle = top + height / 2;
  return (
    vertical.join("") +
    horizontal.join("") +
    `<path d="M${left} ${top}V${bottom}h${width}" fill="none" stroke="#8a939c"/>` +
    `<text x="${left + width / 2}" y="${bottom + 29}" text-anchor="middle">${escapeText(x)}</text>` +
    `<text x="11" y="${middle}" text-anchor="middle" transform="rotate(-90 11 ${middle})">` +
    `${escapeText(y)}</text>`
  );
}

/** Curves, cut off at the frame. */
function lines(series: readonly Series[], xs: Scale, ys: Scale): string {
  const { left, top, width, height } = PLOT;
  const paths = series.map(({ points, colour, dashed, thick }) => {
    const path = points.map(([x, y]) => `${round(xs.at(x))},${round(ys.at(y))}`).join(" ");
    const dash = dashed ? ' stroke-dasharray="4 3"' : "";
    return (
      `<polyline points="${path}" fill="none" stroke="${colour}" ` +
      `stroke-width="${thick ? 2.6 : 1.5}"${dash} stroke-linejoin="round"/>`
    );
  });
  // A nested svg clips without an id, which pages with many pictures could confuse.
  return (
    `<svg x="${left}" y="${top}" width="${width}" height="${height}" ` +
    `viewBox="${left} ${top} ${width} ${height}">${paths.join("")}</svg>`
  );
}

function legend(series: readonly Series[]): string {
  const { left, top, height } = PLOT;
  const column = (WIDTH - left) / LEGEND_COLUMNS;
  return series
    .map(({ name, colour, dashed, thick }, i) => {
      const x = left + (i % LEGEND_COLUMNS) * column;
      const y = top + height + 46 + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW;
      const dash = dashed ? ' stroke-dasharray="4 3"' : "";
      return (
        `<path d="M${x} ${y - 4}h20" stroke="${colour}" stroke-width="${thick ? 2.6 : 1.5}"${dash}/>` +
        `<text x="${x + 25}" y="${y}">${escapeText(name)}</text>`
      );
    })
    .join("");
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // What differs by rounding alone is drawn as one value.
  const alike = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  const room = (alike ? 1 : high - low) * 0.04;
  return [low - room, high + room];
}

function scale([low, high]: readonly [number, number], [from, to]: readonly number[]): Scale {
  const [a = 0, b = 0] = [from, to];
  const step = niceStep((high - low) / 5);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(0, Math.floor(high / step + 1e-9) - first + 1);
  return {
    at: (value) => a + ((value - low) / (high - low)) * (b - a),
    ticks: Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(10))),
  };
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((f) => f * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
