/**
 * Sums of products, named by letters: Einstein's convention.
 *
 *     "bij,bjk->bik":   y[b, i, k] = Σ_j x[b, i, j] z[b, j, k]
 *     "ii->i":          y[i] = x[i, i]
 *     "...ij->...ji":   y[…, j, i] = x[…, i, j], whatever stands in front
 *
 * Letters that are missing on the right are summed. Without "->" the result has what "..." stands
 * for, and the letters that occur once, in alphabetical order. Axes under "..." are aligned at the
 * right, and broadcast. Operands are taken from left to right, two at a time, each pair
 * as one matrix product [batch, M, K] · [batch, K, N], or as one product of elements where nothing is
 * summed. All of it is permute, reshape, sum, mul and matmul, and so are the derivatives.
 */
import { ShapeError } from "../errors.js";
import { showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./binary.js";
import { matmul } from "./matmul.js";
import { permute } from "./permute.js";
import { reshape } from "./reshape.js";
import { isUnnamed, parseEquation } from "./shared/einsum-equation.js";
import { slice } from "./slice.js";
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
  const shapes = operands.map(({ shape }) => shape);
  const { inputs, output } = parseEquation(equation, shapes);
  const [first, ...rest] = nameAxes(equation, operands, inputs) as [Named, ...Named[]];
  const total = rest.reduce((done, next, i) => {
    const later = rest.slice(i + 1).map(({ letters }) => letters);
    return contract(done, next, output + later.join(""));
  }, first);
  return arrange(sumAway(total, output), output).x;
}

/** Operands whose axes have a letter each, no letter twice, and one size for each letter. */
function nameAxes(equation: string, operands: readonly Tensor[], inputs: readonly string[]) {
  const sizes = new Map<string, number>();
  operands.forEach((x, i) => {
    [...(inputs[i] ?? "")].forEach((c, axis) => {
      const size = sizes.get(c) ?? x.dim(axis);
      const fits = size === x.dim(axis) || (isUnnamed(c) && (size === 1 || x.dim(axis) === 1));
      if (!fits) throw anotherSize(equation, c, size, x, axis, i);
      sizes.set(c, size === 1 ? x.dim(axis) : size);
    });
  });
  return operands.map((x, i) => {
    let named: Named = { x, letters: inputs[i] ?? "" };
    named = dropOnes(named, (c) => isUnnamed(c) && sizes.get(c) !== 1);
    for (let c = repeated(named.letters); c; c = repeated(named.letters))
      named = diagonal(named, c);
    return named;
  });
}

function anotherSize(
  equation: string,
  c: string,
  size: number,
  x: Tensor,
  axis: number,
  i: number,
): ShapeError {
  const here = `operand ${i + 1} ${showShape(x.shape)}`;
  if (isUnnamed(c)) {
    return new ShapeError(
      `einsum: an axis under "..." of "${equation}" has size ${size} before, and ${x.dim(axis)} in ` +
        `${here}. Aligned at the right, such axes have one size, or 1.`,
    );
  }
  return new ShapeError(
    `einsum: axis ${c} of "${equation}" has size ${size} before, and ${x.dim(axis)} in ${here}. ` +
      "Axes of one letter have one size.",
  );
}

/** Without those axes of size 1 that meet larger ones: the product repeats them. */
function dropOnes({ x, letters }: Named, meetsLarger: (letter: string) => boolean): Named {
  const keep = [...letters].map((c, axis) => x.dim(axis) !== 1 || !meetsLarger(c));
  if (!keep.includes(false)) return { x, letters };
  const shape = x.shape.filter((_, axis) => keep[axis]);
  return { x: reshape(x, shape), letters: [...letters].filter((_, axis) => keep[axis]).join("") };
}

function repeated(letters: string): string | undefined {
  return [...letters].find((c, i) => letters.indexOf(c) !== i);
}

/** The elements whose two indices of axis c are equal: of [n, n], flat, each (n + 1)-th. */
function diagonal({ x, letters }: Named, c: string): Named {
  const [p, q] = [letters.indexOf(c), letters.lastIndexOf(c)];
  const rest = x.shape.map((_, axis) => axis).filter((axis) => axis !== p && axis !== q);
  const last = permute(x, [...rest, p, q]);
  const n = x.dim(p);
  const flat = reshape(last, [...rest.map((axis) => x.dim(axis)), n * n]);
  const taken = slice(flat, { axis: -1, step: n + 1 });
  return { x: taken, letters: rest.map((axis) => letters[axis]).join("") + c };
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
