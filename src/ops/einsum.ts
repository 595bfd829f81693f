/**
 * Sums of products, named by letters: Einstein's convention.
 *
 *     "bij,bjk->bik":   y[b, i, k] = Σ_j x[b, i, j] z[b, j, k]
 *
 * Letters that are missing on the right are summed. Without "->" the result has the letters that
 * occur once, in alphabetical order. Operands are taken from left to right, two at a time, each pair
 * as one matrix product [batch, M, K] · [batch, K, N], or as one product of elements where nothing is
 * summed. All of it is permute, reshape, sum, mul and matmul, and so are the derivatives.
 */
import { ShapeError, UsageError } from "../errors.js";
import { showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { matmul } from "./matmul.js";
import { permute } from "./permute.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";

/** A tensor whose axes have names: one letter each. */
interface Named {
  readonly x: Tensor;
  readonly letters: string;
}

/**
 * Operands whose shapes fit the letters of `equation` → the tensor on its right side.
 * @throws UsageError for an equation that does not fit the number of operands, ShapeError when
 * letters do not fit axes or sizes.
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, output } = parse(equation);
  if (inputs.length !== operands.length) {
    throw new UsageError(
      `einsum: "${equation}" names ${inputs.length} operands, and ${operands.length} were given. ` +
        "Write one group of letters for each tensor.",
    );
  }
  const named = operands.map((x, i) => ({ x, letters: inputs[i] ?? "" }));
  checkSizes(equation, named);
  const [first, ...rest] = named as [Named, ...Named[]];
  const total = rest.reduce((done, next, i) => {
    const later = rest.slice(i + 1).map(({ letters }) => letters);
    return contract(done, next, output + later.join(""));
  }, first);
  return arrange(sumAway(total, output), output).x;
}

function parse(equation: string): { readonly inputs: string[]; readonly output: string } {
  const bad = (what: string, advice: string): UsageError =>
    new UsageError(`einsum: "${equation}" ${what}. ${advice}`);
  const [left = "", right, ...more] = equation.replaceAll(" ", "").split("->");
  const inputs = left.split(",");
  const strange = /[^a-zA-Z]/.exec([...inputs, right ?? ""].join(""));
  if (more.length > 0 || strange) {
    const what = strange ? `holds "${strange[0]}"` : 'holds "->" twice';
    throw bad(what, 'Name each axis by a letter, as in "bij,bjk->bik".');
  }
  const all = inputs.join("");
  const once = [...new Set(all)].filter((c) => all.indexOf(c) === all.lastIndexOf(c)).sort();
  const output = right ?? once.join("");
  for (const group of [...inputs, output]) {
    const twice = repeated(group);
    if (twice) {
      throw bad(`names axis ${twice} twice in "${group}"`, "Diagonals are not taken: rename one.");
    }
  }
  const unknown = [...output].find((c) => !all.includes(c));
  if (unknown) {
    throw bad(`asks for axis ${unknown}, which no operand has`, "Name axes of the operands.");
  }
  return { inputs, output };
}

function repeated(letters: string): string | undefined {
  return [...letters].find((c, i) => letters.indexOf(c) !== i);
}

function checkSizes(equation: string, operands: readonly Named[]): void {
  const sizes = new Map<string, number>();
  operands.forEach(({ x, letters }, i) => {
    const what = `operand ${i + 1} ${showShape(x.shape)}`;
    if (letters.length !== x.rank) {
      throw new ShapeError(
        `einsum: "${equation}" gives ${what} ${letters.length} letters ("${letters}"), and it has ` +
          `${x.rank} axes. Write one letter for each axis.`,
      );
    }
    [...letters].forEach((c, axis) => {
      const size = sizes.get(c) ?? x.dim(axis);
      if (size !== x.dim(axis)) {
        throw new ShapeError(
          `einsum: axis ${c} of "${equation}" has size ${size} before, and ${x.dim(axis)} in ` +
            `${what}. Axes of one letter have one size.`,
        );
      }
      sizes.set(c, size);
    });
  });
}

/** The product of two operands, summed over the letters that are not in `needed`. */
function contract(left: Named, right: Named, needed: string): Named {
  const a = sumAway(left, needed + right.letters);
  const b = sumAway(right, needed + a.letters);
  const both = pick(a.letters, (c) => b.letters.includes(c));
  const batch = pick(both, (c) => needed.includes(c));
  const summed = pick(both, (c) => !needed.includes(c));
  const rows = pick(a.letters, (c) => !both.includes(c));
  const columns = pick(b.letters, (c) => !both.includes(c));
  const letters = batch + rows + columns;
  const sizeIn = ({ x, letters: own }: Named, c: string): number => x.dim(own.indexOf(c));
  const size = (group: string): number =>
    sizeOf([...group].map((c) => sizeIn(a.letters.includes(c) ? a : b, c)));
  const lead = batch === "" ? [] : [size(batch)];
  const [M, K, N] = [size(rows), size(summed), size(columns)];
  const product = (): Tensor => {
    if (summed === "") {
      const x = reshape(arrange(a, batch + rows).x, [...lead, M, 1]);
      return mul(x, reshape(arrange(b, batch + columns).x, [...lead, 1, N]));
    }
    // An operand that already lies the other way round is multiplied as it is, without a copy.
    const transposeA = a.letters === batch + summed + rows;
    const transposeB = b.letters === batch + columns + summed;
    const x = transposeA ? a.x : arrange(a, batch + rows + summed).x;
    const z = transposeB ? b.x : arrange(b, batch + summed + columns).x;
    return matmul(
      reshape(x, [...lead, ...(transposeA ? [K, M] : [M, K])]),
      reshape(z, [...lead, ...(transposeB ? [N, K] : [K, N])]),
      { transposeA, transposeB },
    );
  };
  const shape = [...letters].map((c) => sizeIn(a.letters.includes(c) ? a : b, c));
  return { x: reshape(product(), shape), letters };
}

/** Sums over the axes whose letters are not in `needed`. */
function sumAway({ x, letters }: Named, needed: string): Named {
  const axes = [...letters].flatMap((c, i) => (needed.includes(c) ? [] : [i]));
  if (axes.length === 0) return { x, letters };
  return { x: sum(x, { axes }), letters: pick(letters, (c) => needed.includes(c)) };
}

/** The same letters in another order. */
function arrange({ x, letters }: Named, order: string): Named {
  return {
    x: permute(
      x,
      [...order].map((c) => letters.indexOf(c)),
    ),
    letters: order,
  };
}

function pick(letters: string, test: (letter: string) => boolean): string {
  return [...letters].filter(test).join("");
}
