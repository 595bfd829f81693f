/** Curves and grids of pictures of emoji-32, on the first seed, where every arm ran. */
import type { Results } from "../experiment.js";
import { curvesSvg, type Series } from "../report/curves.js";
import { escapeText } from "../report/html.js";
import type { Figure } from "../report/report.js";
import type { CurvePoint } from "../statistics/index.js";
import type { Checkpoint } from "./align.js";
import { type Arm, armsOf, strengthsOf } from "./arms.js";
import { alongTraining, atLength, MIDDLE } from "./compare.js";
import type { Emoji32Config } from "./config.js";
import { PROXIES, PROXY_NAMES, type ProxyName } from "./pairs.js";
import { startOf, trainedOf, trialsOf } from "./results.js";

/** A hue for a divergence, its weightings from dark to light. */
const COLOURS: readonly (readonly string[])[] = [
  ["#00602b", "#3fa65a", "#9ccf6a"],
  ["#08306b", "#2f7fc4", "#8fc1e8"],
  ["#a63603", "#f0732a", "#f5b26b"],
  ["#54278f", "#8c6bb1", "#c9a6dd"],
];
const SIMULATED = "simulated preferences";

function strongest(config: Emoji32Config): number {
  return Math.max(...strengthsOf(config));
}

function colourOf(arm: Arm, all: readonly Arm[]): string {
  const divergences = [...new Set(all.map(({ divergence }) => divergence))];
  const hue = COLOURS[divergences.indexOf(arm.divergence) % COLOURS.length] ?? [];
  const own = all.filter(({ divergence }) => divergence === arm.divergence);
  return hue[own.indexOf(arm) % hue.length] ?? "#111";
}

/** Series of every arm; `points` gives a curve, x and y are its measures. */
function armSeries(
  config: Emoji32Config,
  [x, y]: readonly [string, string],
  points: (arm: Arm) => readonly CurvePoint[],
): Series[] {
  return armsOf(config).map((arm, _, all) => ({
    name: arm.id,
    colour: colourOf(arm, all),
    points: points(arm).map((point) => [point[x] ?? 0, point[y] ?? 0] as const),
  }));
}

/** u* against the proxy, over the steps of the strongest reward. */
export function hackingFigures(config: Emoji32Config, results: Results): Figure[] {
  const strength = strongest(config);
  return PROXY_NAMES.map((proxy) => ({
    name: `gold-${proxy}`,
    caption:
      `Proxy “${proxy}”, ${PROXIES[proxy].what} (${SIMULATED}): from the start generator over ${config.steps} steps, ` +
      `strength ${strength}. Where the proxy rises and u* does not, the proxy is being hacked.`,
    svg: curvesSvg({
      title: `Proxy “${proxy}” and hidden utility`,
      x: "proxy, standard deviations of the start",
      y: "u*",
      series: armSeries(config, ["reward", "gold"], (arm) =>
        alongTraining(results, { seed: 0, arm, proxy, strength }, proxy),
      ),
    }),
  }));
}

export function trainingFigures(config: Emoji32Config, results: Results): Figure[] {
  const strength = strongest(config);
  return PROXY_NAMES.flatMap((proxy) =>
    (
      [
        ["reward", "proxy"],
        ["vendi", "n_eff"],
      ] as const
    ).map(([measure, label]) => ({
      name: `steps-${proxy}-${measure}`,
      caption: `Proxy “${proxy}” (${SIMULATED}), strength ${strength}: ${label} over the steps.`,
      svg: curvesSvg({
        title: `Proxy “${proxy}”: ${label} over training`,
        x: "generator steps",
        y: label,
        series: armSeries(config, ["step", measure], (arm) =>
          alongTraining(results, { seed: 0, arm, proxy, strength }, proxy),
        ),
      }),
    })),
  );
}

const KEPT = [
  ["vendi", "n_eff: Vendi within a prompt"],
  ["recall", "recall of the start's pictures"],
  ["quality", "all of the caption right"],
] as const;

/** The proxy against what is kept, across strengths at the same length. */
export function paretoFigures(config: Emoji32Config, results: Results): Figure[] {
  return PROXY_NAMES.flatMap((proxy) =>
    KEPT.map(([measure, label]) => ({
      name: `pareto-${proxy}-${measure}`,
      caption:
        `After ${config.steps} steps, from no reward to strength ${strongest(config)}; proxy ` +
        `“${proxy}” (${SIMULATED}). Up and right is better.`,
      svg: curvesSvg({
        title: `Proxy “${proxy}” against ${measure === "vendi" ? "n_eff" : measure}`,
        x: label,
        y: "proxy",
        series: armSeries(config, [measure, "reward"], (arm) =>
          atLength(config, results, { seed: 0, arm, proxy }, config.steps),
        ),
      }),
    })),
  );
}

/** Pictures of the same prompts and z, of the checkpoint whose proxy is nearest to MIDDLE. */
export function pictureFigures(config: Emoji32Config, results: Results): Figure[] {
  return PROXY_NAMES.map((proxy) => {
    const start = startOf(results, 0);
    const rows = armsOf(config).flatMap((arm) => {
      const found = nearest(config, results, { arm, proxy });
      return found ? [rowOf(found.point, `${arm.id}, ${found.about}`, proxy)] : [];
    });
    return {
      name: `pictures-${proxy}`,
      caption:
        `The first pictures of the evaluation, same prompts and same z, proxy “${proxy}” ` +
        `(${SIMULATED}): of each arm the checkpoint nearest to ${MIDDLE}.`,
      svg: sheet([...(start ? [rowOf(start, "start", proxy)] : []), ...rows]),
    };
  });
}

interface Nearest {
  readonly point: Checkpoint;
  readonly about: string;
}

function nearest(
  config: Emoji32Config,
  results: Results,
  { arm, proxy }: { readonly arm: Arm; readonly proxy: ProxyName },
): Nearest | undefined {
  const all = trialsOf(config, { seed: 0, arm, proxy })
    .slice(1)
    .flatMap((trial) =>
      (trainedOf(results, trial)?.points ?? []).map((point) => ({
        point,
        about: `strength ${trial.strength}, ${point.step} steps`,
      })),
    );
  const away = ({ point }: Nearest): number => Math.abs((point.measures[proxy] ?? 0) - MIDDLE);
  return all.sort((a, b) => away(a) - away(b))[0];
}

interface SheetRow {
  readonly label: string;
  /** Base64 of a PNG. */
  readonly png: string;
}

function rowOf({ measures, pictures = "" }: Checkpoint, label: string, proxy: ProxyName): SheetRow {
  const [value, gold] = [measures[proxy] ?? 0, measures.gold ?? 0];
  const text = `${label}: proxy ${value.toFixed(2)}, u* ${gold.toFixed(3)}`;
  return { label: text.replaceAll("-0.", "−0."), png: pictures };
}

const SHEET = { width: 380, row: 66, text: 14 } as const;

/** Strips of eight pictures (274 × 36 pixels) under one another, each with a line of text. */
function sheet(rows: readonly SheetRow[]): string {
  const { width, row, text } = SHEET;
  const height = rows.length * row + 4;
  const body = rows.map(({ label, png }, i) => {
    const top = i * row;
    return (
      `<text x="3" y="${top + text - 2}">${escapeText(label)}</text>` +
      `<image x="0" y="${top + text}" width="${width}" height="${row - text - 2}" ` +
      `preserveAspectRatio="xMinYMin" style="image-rendering:pixelated" ` +
      `href="data:image/png;base64,${png}"/>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ` +
    `font-family="system-ui, sans-serif" font-size="10" fill="#1c2127">` +
    `<title>pictures at equal proxy</title>` +
    `<rect width="${width}" height="${height}" fill="#fff"/>${body.join("")}</svg>`
  );
}
