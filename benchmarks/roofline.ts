/**
 * The roofline (Williams, Waterman & Patterson 2009) as SVG: what an engine reached against the
 * operations it does for each byte, both on logarithmic axes, under the adapter's two ceilings.
 *
 *     reachable(I) = min(multiply-adds, I · copy)
 */
export interface Point {
  readonly label: string;
  readonly series: string;
  /** Operations for each byte. */
  readonly intensity: number;
  readonly gflops: number;
}

export interface Roof {
  readonly gflops: number;
  readonly gbs: number;
}

const WIDTH = 760;
const HEIGHT = 460;
const LEFT = 64;
const RIGHT = 210;
const TOP = 34;
const BOTTOM = 44;
const COLOURS = ["#1f5fbf", "#c23b22", "#2e8b57", "#8a5fbf", "#b8860b", "#5f6b73", "#111111"];

interface Axis {
  readonly from: number;
  readonly to: number;
  at(value: number): number;
}

/** Whole powers of ten around the values, on a line from `start` to `end`. */
export function logAxis(values: readonly number[], start: number, end: number): Axis {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  const at = (value: number): number =>
    start + ((Math.log10(value) - from) / (to - from)) * (end - start);
  return { from, to, at };
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
const fixed = (x: number): string => x.toFixed(1);

const power = (exponent: number): string => String(Number(`1e${exponent}`));

function grid(x: Axis, y: Axis): string {
  const [right, bottom] = [WIDTH - RIGHT, HEIGHT - BOTTOM];
  const parts: string[] = [];
  for (let e = x.from; e <= x.to; e++) {
    const at = fixed(x.at(10 ** e));
    parts.push(`<path d="M${at} ${TOP}V${bottom}" stroke="#ddd"/>`);
    parts.push(`<text x="${at}" y="${bottom + 16}" text-anchor="middle">${power(e)}</text>`);
  }
  for (let e = y.from; e <= y.to; e++) {
    const at = y.at(10 ** e);
    parts.push(`<path d="M${LEFT} ${fixed(at)}H${right}" stroke="#ddd"/>`);
    parts.push(`<text x="${LEFT - 6}" y="${fixed(at + 4)}" text-anchor="end">${power(e)}</text>`);
  }
  return parts.join("\n");
}

function roofPath({ gflops, gbs }: Roof, x: Axis, y: Axis): string {
  const low = 10 ** x.from;
  const ridge = Math.min(Math.max(gflops / gbs, low), 10 ** x.to);
  const points = [low, ridge, 10 ** x.to].map((intensity) => {
    const reachable = Math.max(Math.min(gflops, intensity * gbs), 10 ** y.from);
    return `${fixed(x.at(intensity))},${fixed(y.at(reachable))}`;
  });
  const label =
    `<text x="${fixed(x.at(10 ** x.to) - 4)}" y="${fixed(y.at(gflops) - 6)}" text-anchor="end">` +
    `${gflops.toFixed(0)} GFLOP/s, ${gbs.toFixed(1)} GB/s</text>`;
  const line = `points="${points.join(" ")}" fill="none" stroke="#111" stroke-width="2"`;
  return `<polyline ${line}/>${label}`;
}

export function rooflineSvg(title: string, roof: Roof, points: readonly Point[]): string {
  const intensities = [...points.map(({ intensity }) => intensity), roof.gflops / roof.gbs];
  const x = logAxis(intensities, LEFT, WIDTH - RIGHT);
  const y = logAxis([...points.map(({ gflops }) => gflops), roof.gflops], HEIGHT - BOTTOM, TOP);
  const series = [...new Set(points.map((point) => point.series))];
  const colour = (name: string): string => COLOURS[series.indexOf(name) % COLOURS.length] ?? "#111";
  const dots = points.map(
    ({ label, series: name, intensity, gflops }) =>
      `<circle cx="${fixed(x.at(intensity))}" cy="${fixed(y.at(gflops))}" r="4" ` +
      `fill="${colour(name)}" fill-opacity="0.75"><title>${escaped(name)}, ${escaped(label)}: ` +
      `${gflops.toPrecision(3)} GFLOP/s</title></circle>`,
  );
  const legend = series.map((name, i) => {
    const at = TOP + 12 + 18 * i;
    const left = WIDTH - RIGHT + 14;
    return (
      `<circle cx="${left}" cy="${at - 4}" r="4" fill="${colour(name)}"/>` +
      `<text x="${left + 10}" y="${at}">${escaped(name)}</text>`
    );
  });
  const middle = (LEFT + WIDTH - RIGHT) / 2;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" ` +
    `font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="white"/>\n` +
    `<text x="${LEFT}" y="18" font-size="13">${escaped(title)}</text>\n${grid(x, y)}\n` +
    `${roofPath(roof, x, y)}\n${dots.join("\n")}\n${legend.join("\n")}\n` +
    `<text x="${middle}" y="${HEIGHT - 8}" text-anchor="middle">FLOP for each byte</text>\n` +
    `<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">` +
    "GFLOP/s</text>\n" +
    "</svg>\n"
  );
}
