/**
 * Mutants of the kernels of gradients. WGSL is read line by line: names that hold floats are
 * gathered, and what such a line assigns, sums or multiplies is spoilt. Text between [ ] counts
 * places and is left alone.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Kind, type Mutant, mutantOf } from "./mutant.js";

const FOLDER = "src/shaders";
const GRADIENT = /(grad|backward|transpose)[\w.]*\.wgsl$/;

export function gradientShaders(root: string): string[] {
  return ["", "lib/"]
    .flatMap((sub) => readdirSync(join(root, FOLDER, sub)).map((file) => `${sub}${file}`))
    .filter((file) => GRADIENT.test(file))
    .map((file) => `${FOLDER}/${file}`);
}

export function shaderMutants(root: string, file: string): Mutant[] {
  const text = readFileSync(join(root, file), "utf8");
  const place = { file, op: file.replace(`${FOLDER}/`, ""), text };
  const masked = mask(text);
  const floats = floatNames(masked, text);
  const found: Mutant[] = [];
  let start = 0;
  for (const line of masked.split("\n")) {
    const at = start;
    start += line.length + 1;
    const show = { start: at, end: at + line.length };
    for (const { kind, from, to, text: replacement } of spoil(
      line,
      text.slice(at, start),
      floats,
    )) {
      const edit = { start: at + from, end: at + to, text: replacement };
      found.push(mutantOf(place, kind, edit, show));
    }
  }
  return found;
}

/** Comments and indices become blanks of the same length. */
function mask(text: string): string {
  const blank = (s: string): string => s.replace(/[^\n]/g, " ");
  let masked = text.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, blank);
  // Conversions of counts.
  masked = masked.replace(/\bf32\([^()]*\)/g, (s) => `f32(${blank(s.slice(5))})`);
  for (let before = ""; before !== masked; ) {
    before = masked;
    masked = masked.replace(/\[[^[\]]*\]/g, (s) => `§${blank(s.slice(2))}§`);
  }
  return masked;
}

const DECLARED_FLOAT =
  /(?:var(?:<\w+(?:, \w+)?>)?|let)? ?(\w+): (?:array<)?(?:f32|vec[24]f|Lanes|Six)\b|var (\w+) = (?:Lanes|vec\df|\d+\.\d|\d+f)/g;
const MAKES_FLOAT =
  /\b(exp|row_sum|lane_sum|normal_cdf|before_activation|weight_of|scale_of|moments|fma|vec[24]f|f32|under|value|pixel)\(/;

/** Names of buffers, variables and constants that hold floats. */
function floatNames(masked: string, text: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, a, b] of text.matchAll(DECLARED_FLOAT)) names.add(a ?? b ?? "");
  for (const [, name = "", value = ""] of masked.matchAll(/let (\w+) = ([^;]*);/g)) {
    if (MAKES_FLOAT.test(value) || readsAny(value, names)) names.add(name);
  }
  return names;
}

function readsAny(value: string, names: ReadonlySet<string>): boolean {
  return [...value.matchAll(/\b[a-z_]\w*/g)].some(([word]) => names.has(word));
}

interface Spoilt {
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function spoil(line: string, source: string, floats: ReadonlySet<string>): Spoilt[] {
  const assignment = /^(.*?)(\b[a-z]\w*)(?:[§][^=]*)? (\+?=) (.*);/.exec(line);
  if (!assignment) return [];
  const [, before = "", name = "", sign, value = ""] = assignment;
  const places = /^\s*(0\.0|\w+\(0\.0\))$|^under\(/.test(value);
  if (!floats.has(name) || before.includes("for") || places) return [];
  const end = (assignment.index ?? 0) + assignment[0].length - 1;
  const from = end - value.length;
  const right = source.slice(from, end);
  const found: Spoilt[] = [];
  const whole = (kind: Kind, text: string): void => void found.push({ kind, from, to: end, text });
  const fma = /^fma\((.*), (\w+), (\w+)\)$/.exec(value);
  const stores = !before.includes("let") && !before.includes("var") && !fma;
  if (sign === "+=") {
    found.push({ kind: "sign", from: from - 3, to: from - 1, text: "-=" });
    whole("missing", `0.0 * (${right})`);
  } else if (stores) {
    whole("sign", `-(${right})`);
    // Of the parts of one sum the first stands for all.
    if (!/\.[yzw]$/.test(value)) {
      whole("factor", `2.0 * (${right})`);
      whole("missing", `0.0 * (${right})`);
    }
  }
  for (const match of value.matchAll(/ ([-+*/]) /g)) {
    const at = from + match.index + 1;
    const operator = match[1] ?? "";
    if (operator === "+") found.push({ kind: "sign", from: at, to: at + 1, text: "-" });
    if (operator === "-") found.push({ kind: "sign", from: at, to: at + 1, text: "+" });
    if (operator === "*") found.push({ kind: "factor", from: at, to: at + 1, text: "* 2.0 *" });
    if (operator === "/") found.push({ kind: "factor", from: at, to: at + 1, text: "/ 2.0 /" });
  }
  if (fma) {
    whole("sign", right.replace(/, (\w+), (\w+)\)$/, ", -$1, $2)"));
    whole("missing", right.replace(/, (\w+), (\w+)\)$/, ", 0.0 * $1, $2)"));
  }
  return found;
}
