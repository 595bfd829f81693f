/**
 * Pictures of the plane as SVG: panels with clouds of points, clouds that move, arrows. A panel is a
 * square of places −reach … reach, y upwards.
 */
import { escapeText } from "./html.js";

export interface Panel {
  readonly title: string;
  /** A second line, smaller. */
  readonly note?: string;
  /** What lies in it: `circles`, `dots`, `frames`, `arrows`, of the same reach. */
  readonly content: string;
}

/** Side of a panel in the picture's units, and the room of its two lines of text. */
const SIDE = 200;
const HEAD = 34;
const GAP = 10;

/** Panels in rows, as one picture. */
export function panelsSvg(title: string, panels: readonly Panel[], columns = 4): string {
  const across = Math.min(columns, panels.length);
  const rows = Math.ceil(panels.length / across);
  const [width, height] = [across * (SIDE + GAP) + GAP, rows * (SIDE + HEAD + GAP) + GAP];
  const all = panels.map((panel, i) => {
    const x = GAP + (i % across) * (SIDE + GAP);
    const y = GAP + Math.floor(i / across) * (SIDE + HEAD + GAP);
    return (
      `<text x="${x}" y="${y + 12}" font-size="11" font-weight="600">${escapeText(panel.title)}</text>` +
      `<text x="${x}" y="${y + 26}" font-size="10" fill="#4a545e">${escapeText(panel.note ?? "")}</text>` +
      `<svg x="${x}" y="${y + HEAD}" width="${SIDE}" height="${SIDE}" viewBox="0 0 ${SIDE} ${SIDE}">` +
      `<rect width="${SIDE}" height="${SIDE}" fill="#f6f7f9"/>${panel.content}</svg>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ` +
    `font-family="system-ui, sans-serif" fill="#1c2127"><title>${escapeText(title)}</title>` +
    `<rect width="${width}" height="${height}" fill="#fff"/>${all.join("")}</svg>`
  );
}

/** Places x, y, x, y, … of a plane with this reach. */
export interface Places {
  readonly reach: number;
  readonly points: ArrayLike<number>;
}

/** Rings around places, such as three widths of a mode. */
export function circles({ reach, points }: Places, radius: number): string {
  const r = round((radius / reach) * (SIDE / 2));
  return pairs(points)
    .map(([x, y]) => `<circle cx="${across(x, reach)}" cy="${up(y, reach)}" r="${r}"/>`)
    .join("")
    .replace(/^(.+)$/s, '<g fill="none" stroke="#c3c9d0">$1</g>');
}

export function dots(places: Places, colour: string): string {
  return `<path d="${dotPath(places)}" ${dotLook(colour)}/>`;
}

/** Clouds one after the other, in a loop of `seconds`; without animation the last one is seen. */
export function frames(clouds: readonly Places[], colour: string, seconds = 6): string {
  const n = clouds.length;
  return clouds
    .map((cloud, i) => {
      // The last frame stays for twice as long.
      const times = clouds.map((_, k) => round(k / (n + 1), 4));
      const values = clouds.map((_, k) => (k === i ? 1 : 0));
      return (
        `<path d="${dotPath(cloud)}" ${dotLook(colour)} opacity="${i === n - 1 ? 1 : 0}">` +
        `<animate attributeName="opacity" calcMode="discrete" dur="${seconds}s" ` +
        `repeatCount="indefinite" keyTimes="${times.join(";")}" values="${values.join(";")}"/></path>`
      );
    })
    .join("");
}

/** An arrow at each place; the longest has the length `longest`, in places' units. */
export function arrows(
  { reach, points }: Places,
  { vectors, longest, colour }: { vectors: ArrayLike<number>; longest: number; colour: string },
): string {
  const sizes = pairs(vectors).map(([x, y]) => Math.hypot(x, y));
  // One wild arrow does not shrink the others to nothing: the scale is that of most of them.
  const top = [...sizes].sort((a, b) => a - b)[Math.floor(0.95 * (sizes.length - 1))] || 1;
  const paths = pairs(points).map(([x, y], i) => {
    const [vx = 0, vy = 0] = [vectors[2 * i], vectors[2 * i + 1]];
    const size = sizes[i] ?? 0;
    if (!(size > 0)) return "";
    const length = (longest * Math.min(1, size / top)) / size;
    const [dx, dy] = [vx * length, vy * length];
    const at = (px: number, py: number): string => `${across(px, reach)} ${up(py, reach)}`;
    const head = (turn: number): string => {
      const [c, s] = [Math.cos(turn), Math.sin(turn)];
      return at(x + dx - 0.35 * (c * dx - s * dy), y + dy - 0.35 * (s * dx + c * dy));
    };
    const tip = at(x + dx, y + dy);
    return `M${at(x, y)}L${tip}M${head(0.5)}L${tip}L${head(-0.5)}`;
  });
  return `<path d="${paths.join("")}" fill="none" stroke="${colour}" stroke-width="1"/>`;
}

function dotPath({ reach, points }: Places): string {
  return pairs(points)
    .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
    .map(([x, y]) => `M${across(x, reach)} ${up(y, reach)}h0`)
    .join("");
}

function dotLook(colour: string): string {
  return `stroke="${colour}" stroke-width="2.6" stroke-linecap="round" stroke-opacity="0.7"`;
}

function pairs(values: ArrayLike<number>): (readonly [number, number])[] {
  return Array.from({ length: values.length / 2 }, (_, i) => [
    values[2 * i] ?? 0,
    values[2 * i + 1] ?? 0,
  ]);
}

const across = (x: number, reach: number): number => round((x / reach + 1) * (SIDE / 2));
const up = (y: number, reach: number): number => round((1 - y / reach) * (SIDE / 2));

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
