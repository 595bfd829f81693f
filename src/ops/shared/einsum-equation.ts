/**
 * The text of an einsum, "bij,bjk->bik", as one group of letters for each tensor.
 *
 * "..." stands for the axes without a letter. They get Greek ones, which an equation cannot hold,
 * counted from the right: "...ij" of a tensor with four axes is "βαij", and α meets α elsewhere.
 */
import { ShapeError, UsageError } from "../../errors.js";
import { type Shape, showShape } from "../../tensor/shape.js";

const ELLIPSIS = "...";
const ALPHA = "α".charCodeAt(0);

/** A letter for each axis of each operand, and of the result. */
export interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

/** Whether a letter stands for an axis under "...", whose sizes broadcast. */
export function isUnnamed(letter: string): boolean {
  return letter.charCodeAt(0) >= ALPHA;
}

/**
 * @throws UsageError for a text that is no equation or names another number of operands, ShapeError
 * where letters are more or fewer than axes.
 */
export function parseEquation(equation: string, shapes: readonly Shape[]): Equation {
  const bad = (what: string, advice: string): UsageError =>
    new UsageError(`einsum: "${equation}" ${what}. ${advice}`);
  const [left = "", right, ...more] = equation.replaceAll(" ", "").split("->");
  const groups = left.split(",");
  const letters = [...groups, right ?? ""].map((group) => group.replace(ELLIPSIS, ""));
  const strange = /[^a-zA-Z]/.exec(letters.join(""));
  if (more.length > 0 || strange) {
    const what = strange ? `holds "${strange[0]}"` : 'holds "->" twice';
    throw bad(what, 'Name each axis by a letter, as in "bij,bjk->bik" or "...ij,...jk->...ik".');
  }
  if (groups.length !== shapes.length) {
    throw bad(
      `names ${groups.length} operands, and ${shapes.length} were given`,
      "Write one group of letters for each tensor.",
    );
  }
  const inputs = groups.map((group, i) => withoutDots(equation, group, i, shapes[i] ?? []));
  const all = inputs.join("");
  const unnamed = [...new Set(all)].filter(isUnnamed).sort().reverse().join("");
  const output = right === undefined ? unnamed + once(all) : right.replace(ELLIPSIS, unnamed);
  const twice = [...output].find((c, i) => output.indexOf(c) !== i);
  if (twice) throw bad(`names axis ${twice} twice in its result`, "Name each axis once there.");
  const unknown = [...output].find((c) => !all.includes(c));
  if (unknown) {
    throw bad(`asks for axis ${unknown}, which no operand has`, "Name axes of the operands.");
  }
  return { inputs, output };
}

/** Letters that occur once, in alphabetical order. */
function once(all: string): string {
  const named = [...all].filter((c) => !isUnnamed(c) && all.indexOf(c) === all.lastIndexOf(c));
  return named.sort().join("");
}

/** The letters of an operand. */
function withoutDots(equation: string, group: string, i: number, shape: Shape): string {
  const named = group.replace(ELLIPSIS, "");
  const rest = shape.length - named.length;
  if (rest < 0 || (rest > 0 && named === group)) {
    throw new ShapeError(
      `einsum: "${equation}" gives operand ${i + 1} ${showShape(shape)} ${named.length} letters ` +
        `("${named}"), and it has ${shape.length} axes. ` +
        'Write one letter for each axis, or "..." for those without.',
    );
  }
  const unnamed = Array.from({ length: rest }, (_, k) => String.fromCharCode(ALPHA + rest - 1 - k));
  return group.replace(ELLIPSIS, unnamed.join(""));
}
