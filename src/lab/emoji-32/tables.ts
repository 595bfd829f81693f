/** Tables of emoji-32's report, each a function of the results. */
import { type WinRate, wilson } from "../../evaluation/index.js";
import type { Results } from "../experiment.js";
import type { Table } from "../report/report.js";
import type { Interval } from "../statistics/index.js";
import { atReward } from "../statistics/index.js";
import { armsOf, strengthsOf } from "./arms.js";
import { type Claim, judge } from "./claim.js";
import {
  alongTraining,
  LEVELS,
  lengthsOf,
  MIDDLE,
  reached,
  type Sides,
  standing,
} from "./compare.js";
import type { Emoji32Config } from "./config.js";
import type { Measures } from "./measure.js";
import { PROXY_NAMES } from "./pairs.js";
import { proxiesOf, startOf, trainedOf } from "./results.js";

/** With a true minus sign. */
export function number(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value)
    ? "–"
    : value
        .toFixed(digits)
        .replace(/^-(?=.*[1-9])/, "−")
        .replace(/^-/, "");
}

export function signed(value: number | undefined): string {
  const text = number(value, 3);
  return value !== undefined && value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

function interval(one: Interval | undefined): string {
  return one ? `${signed(one.mean)} [${signed(one.low)}, ${signed(one.high)}]` : "–";
}

export function proxyTable(results: Results): Table {
  const proxies = proxiesOf(results);
  return {
    head: [
      "proxy",
      "pairs",
      "labels that agree with u*",
      "held out: label",
      "held out: u*",
      "‖∇θ r̂‖",
    ],
    rows: PROXY_NAMES.flatMap((name) => {
      const one = proxies?.[name];
      if (!one) return [];
      const { pairs, labelsRight, heldOutLabels, heldOutGold, force } = one;
      const shares = [labelsRight, heldOutLabels, heldOutGold].map(
        (v) => `${number(100 * v, 1)} %`,
      );
      return [[name, String(pairs), ...shares, number(force, 2)]];
    }),
  };
}

export function claimTable({ rewards }: Claim): Table {
  return {
    head: ["proxy", "verdict", "level", "n_eff", "recall", "high quality", "outcome"],
    rows: rewards.flatMap(({ reward, verdict, levels }) =>
      levels.map((one, i) => [
        i === 0 ? reward : "",
        i === 0 ? `**${verdict}**` : "",
        String(one.level),
        interval(one.effectiveModes),
        interval(one.recall),
        signed(one.quality),
        one.outcome,
      ]),
    ),
  };
}

const COLUMNS = [
  ["gold", "u*", 3],
  ["vendi", "n_eff", 3],
  ["recall", "recall", 3],
  ["precision", "precision", 3],
  ["density", "density", 2],
  ["coverage", "coverage", 3],
  ["quality", "all right", 3],
  ["factors", "factors", 1],
  ["factorCoverage", "factor coverage", 3],
  ["shift", "shift", 3],
] as const;

const DRIFTS = [
  ["saturation", "saturation", 3],
  ["colourfulness", "colourfulness", 1],
  ["clipped", "clipped", 3],
  ["driftSaturation", "drift: saturation", 2],
  ["driftColourfulness", "drift: colourfulness", 2],
  ["driftClipped", "drift: clipped", 2],
] as const;

type Columns = readonly (readonly [measure: string, title: string, digits: number])[];

/** Measures at the middle level, at the last checkpoint, on the first seed; the start on top. */
function equalTable(config: Emoji32Config, results: Results, columns: Columns): Table {
  const start = startOf(results, 0)?.measures ?? {};
  const cells = (values: Readonly<Record<string, number>> | undefined): string[] =>
    columns.map(([name, , digits]) => number(values?.[name], digits));
  const place = { level: MIDDLE, length: config.steps };
  const rows = PROXY_NAMES.flatMap((proxy) =>
    armsOf(config).map((arm) => {
      const found = reached(config, results, { seed: 0, arm, proxy }, place);
      const values = found ? cells(found.values) : columns.map(() => "not reached");
      return [proxy, arm.id, ...values, number(found?.gap, 2)];
    }),
  );
  return {
    head: ["proxy", "arm", ...columns.map(([, title]) => title), "gap"],
    rows: [["", "start", ...cells(start), "–"], ...rows],
  };
}

export function keptTable(config: Emoji32Config, results: Results): Table {
  return equalTable(config, results, COLUMNS);
}

export function driftTable(config: Emoji32Config, results: Results): Table {
  return equalTable(config, results, DRIFTS);
}

/**
 * Against the start generator, the last checkpoint of each trial; all seeds that ran it together. The
 * first row is the start generator against itself, with another z.
 */
export function winTable(config: Emoji32Config, results: Results): Table {
  const seeds = Array.from({ length: config.seeds + 1 }, (_, seed) => seed);
  const start = seeds.map((seed) => startOf(results, seed)?.measures);
  const rows = armsOf(config).flatMap((arm) =>
    [undefined, ...PROXY_NAMES].flatMap((proxy) =>
      (proxy ? strengthsOf(config) : [0]).map((strength) => {
        const ends = seeds.map((seed) => {
          const trial = proxy ? { seed, arm, proxy, strength } : { seed, arm, strength };
          return trainedOf(results, trial)?.points.at(-1)?.measures;
        });
        return [arm.id, proxy ?? "none", String(strength), ...winCells(config, ends)];
      }),
    ),
  );
  return {
    head: ["arm", "proxy", "strength", "pairs", "wins by u*", "wins by the report scorer"],
    rows: [["start", "none", "0", ...winCells(config, start)], ...rows],
  };
}

function winCells(
  { prompts, samples }: Emoji32Config,
  ends: readonly (Measures | undefined)[],
): string[] {
  const found = ends.filter((measures) => measures !== undefined);
  const pairs = prompts * samples * found.length;
  const rate = (name: string): string => {
    const mean = found.reduce((sum, one) => sum + (one[name] ?? 0), 0) / found.length;
    return pairs === 0 ? "–" : percent(wilson(mean, pairs));
  };
  return [String(pairs), rate("goldWins"), rate("judgeWins")];
}

function percent({ rate, low, high }: WinRate): string {
  const [a, b, c] = [rate, low, high].map((v) => number(100 * v, 0));
  return `${a} % [${b}, ${c}]`;
}

/** Steps at which each level is first reached, on the first seed, by strength. */
export function lengthTable(config: Emoji32Config, results: Results): Table {
  const rows = PROXY_NAMES.flatMap((proxy) =>
    armsOf(config).flatMap((arm) =>
      strengthsOf(config).map((strength) => {
        const trial = { seed: 0, arm, proxy, strength };
        const curve = alongTraining(results, trial, proxy);
        const steps = LEVELS.map((level) => number(atReward(curve, level)?.values.step, 1));
        const { alpha_rew } = trainedOf(results, trial) ?? {};
        return [proxy, arm.id, String(strength), number(alpha_rew, 5), ...steps];
      }),
    ),
  );
  const head = ["proxy", "arm", "strength", "α_rew", ...LEVELS.map((level) => `to ${level}`)];
  return { head, rows };
}

/** The rule at each length, and what equal steps without equal reward would have said. */
export function ablationTable(config: Emoji32Config, results: Results, sides: Sides): Table {
  const rows = lengthsOf(config).flatMap((length) =>
    judge(config, results, sides, length).rewards.map(({ reward, verdict, levels }) => {
      const met = levels.filter(({ effectiveModes }) => effectiveModes);
      const mean = (values: readonly number[]): number =>
        values.reduce((a, b) => a + b, 0) / values.length;
      const n_eff = mean(met.map(({ effectiveModes }) => effectiveModes?.mean ?? 0));
      const recall = mean(met.map((one) => one.recall?.mean ?? 0));
      const share = `${met.length} of ${levels.length}`;
      return [String(length), reward, share, signed(n_eff), signed(recall), verdict];
    }),
  );
  return {
    head: ["steps", "proxy", "levels reached", "n_eff", "recall", "by the rule"],
    rows,
  };
}

/** Both sides at the same strength and the same steps, whatever their rewards. */
export function equalStepsTable(config: Emoji32Config, results: Results, sides: Sides): Table {
  const rows = PROXY_NAMES.flatMap((proxy) =>
    strengthsOf(config).map((strength) => {
      const pairs = Array.from({ length: config.seeds }, (_, i) => {
        const [a, b] = [sides.challenger, sides.defender].map(
          (arm) =>
            trainedOf(results, { seed: i + 1, arm, proxy, strength })?.points.at(-1)?.measures,
        );
        return a && b ? [{ a, b }] : [];
      }).flat();
      const mean = (name: string): number =>
        pairs.reduce((sum, { a, b }) => sum + (a[name] ?? 0) - (b[name] ?? 0), 0) / pairs.length;
      const names = [proxy, "gold", "vendi", "recall", "quality"];
      return [proxy, String(strength), ...names.map((name) => signed(mean(name)))];
    }),
  );
  return { head: ["proxy", "strength", "proxy", "u*", "n_eff", "recall", "high quality"], rows };
}

export function sidesTable(config: Emoji32Config, results: Results, sides: Sides): Table {
  const chosen = [sides.challenger.id, sides.defender.id];
  const rows = armsOf(config).map((arm) => {
    const force = trainedOf(results, { seed: 0, arm, strength: 0 })?.force;
    const candidate = [config.challenger, config.defender].includes(arm.divergence);
    const score = number(standing(config, results, arm), 3);
    const what = chosen.includes(arm.id) ? "chosen" : candidate ? "" : "not of a side";
    return [arm.id, score, number(force, 4), what];
  });
  return { head: ["arm", "standing", "E ‖∇θ divergence‖", ""], rows };
}
