/** The results as Markdown: one table of accuracies, one of what they cost. */
import { VENDI_BANDWIDTH } from "./diversity.js";
import type { EvaluationRow, SplitResult } from "./evaluation-row.js";

type Cell = (result: SplitResult, row: EvaluationRow) => string;
type Columns = readonly (readonly [title: string, cell: Cell])[];

const percent = (share: number): string => fixed(100 * share, 1);

/** A number for a table: a dash where there is none. */
function fixed(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}

function signed(value: number): string {
  return value > 0 ? `+${fixed(value, 2)}` : fixed(value, 2);
}

function duration(seconds: number): string {
  return seconds < 1 ? `${fixed(1000 * seconds, 0)} ms` : `${fixed(seconds, 2)} s`;
}

const ACCURACY: Columns = [
  ["background %", ({ checkers }) => percent(checkers.background)],
  ["subject %", ({ checkers }) => percent(checkers.subject)],
  ["place %", ({ checkers }) => percent(checkers.place)],
  ["count %", ({ checkers }) => percent(checkers.count)],
  ["all four %", ({ checkers }) => percent(checkers.all)],
  ["background % (scorer)", ({ report }) => percent(report.background)],
  ["subject % (scorer)", ({ report }) => percent(report.subject)],
  ["style % (scorer)", ({ report }) => percent(report.style)],
];

const QUALITY: Columns = [
  ["reward", ({ reward }) => fixed(reward, 3)],
  ["distance", ({ diversity }) => fixed(diversity.distance, 3)],
  ["Vendi", ({ diversity }) => fixed(diversity.vendi, 2)],
  ["saturation", ({ colour }) => fixed(colour.saturation, 3)],
  ["colourfulness", ({ colour }) => fixed(colour.colourfulness, 1)],
  ["clipped %", ({ colour }) => percent(colour.clipped)],
  ["drift: saturation", ({ drift }) => signed(drift.saturation)],
  ["drift: colourfulness", ({ drift }) => signed(drift.colourfulness)],
  ["drift: clipped", ({ drift }) => signed(drift.clipped)],
  ["time a picture", (_, { secondsPerPicture }) => duration(secondsPerPicture)],
];

/** Rows → Markdown, with the meaning of every column. */
export function renderResults(rows: readonly EvaluationRow[]): string {
  const sections = [
    "**Does the picture show what the caption says?**",
    table(rows, ACCURACY),
    "By the exact checkers of the data; columns marked *scorer* by a classifier that is used for " +
      "reports alone. *Held-out* combinations of subject and background were never trained on.",
    "**What else became of the pictures?**",
    table(rows, QUALITY),
    "*Reward*: mean cosine of the trained text-image scorer, which alignment optimises. " +
      "*Distance*: mean RMS distance of pixels in [-1, 1] between pictures of one prompt. " +
      `*Vendi*: effective number of different pictures a prompt (kernel exp(-d²/2h²), ` +
      `h = ${VENDI_BANDWIDTH}). *Drift*: distance of the mean from that of the reference ` +
      "pictures, in their standard deviations.",
  ];
  return `${sections.join("\n\n")}\n`;
}

function table(rows: readonly EvaluationRow[], columns: Columns): string {
  const titles = ["model", "evaluations", "combinations", "pictures", ...columns.map(([t]) => t)];
  const lines = rows.flatMap((row) =>
    (
      [
        ["seen", row.seen],
        ["held-out", row.heldOut],
      ] as const
    ).map(([split, result]) => [
      row.model,
      String(row.evaluations),
      split,
      String(result.pictures),
      ...columns.map(([, cell]) => cell(result, row)),
    ]),
  );
  const rule = titles.map((_, i) => (i === 0 || i === 2 ? "---" : "---:"));
  return [titles, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
