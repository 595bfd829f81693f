/** Counts the multiplications and additions of a program's products: it runs on shapes alone. */
import { inputsOf, type Ops, type Problem, type Shape, sizeOf } from "../problem.js";

export function countFlop(problem: Problem): number {
  let flop = 0;
  const dim = (x: Shape, i: number): number => x.at(i) ?? 1;
  const product = (count: number, out: Shape): Shape => {
    flop += 2 * count;
    return out;
  };
  const wider = (a: Shape, b: Shape | number): Shape =>
    typeof b === "number" || sizeOf(a) >= sizeOf(b) ? a : b;
  const ops: Ops<Shape> = {
    shape: (x) => x,
    add: wider,
    sub: wider,
    mul: wider,
    unary: (_, x) => x,
    sum: (x, axis) => (axis === undefined ? [] : x.filter((_, i) => i !== axis)),
    softmax: (x) => x,
    matmul: (a, b, { transposeA, transposeB } = {}) => {
      const [m, k] = [dim(a, transposeA ? -1 : -2), dim(a, transposeA ? -2 : -1)];
      const n = dim(b, transposeB ? -2 : -1);
      const lead = a.slice(0, -2);
      return product(sizeOf(lead) * m * n * k, [...lead, m, n]);
    },
    linear: (x, w) => product(sizeOf(x) * dim(w, 0), [...x.slice(0, -1), dim(w, 0)]),
    conv2d: (x, w, { stride, padding }) => {
      const side = (i: number): number =>
        Math.floor((dim(x, i) + 2 * padding - dim(w, i)) / stride) + 1;
      const out = [dim(x, 0), dim(w, 0), side(2), side(3)];
      return product(sizeOf(out) * sizeOf(w.slice(1)), out);
    },
    convInputGrad: (dy, w, x) => product(sizeOf(dy) * sizeOf(w.slice(1)), x),
    convWeightGrad: (_, dy, w) => product(sizeOf(dy) * sizeOf(w.slice(1)), w),
    groupNorm: (x) => x,
    layerNorm: (x) => x,
    attention: (q, k) => product(2 * sizeOf(q) * dim(k, 1), q),
    geglu: (x) => [...x.slice(0, -1), dim(x, -1) / 2],
    addChannels: (x) => x,
    concatChannels: (a, b) => [dim(a, 0), dim(a, 1) + dim(b, 1), dim(a, 2), dim(a, 3)],
    upsample: (x) => [dim(x, 0), dim(x, 1), 2 * dim(x, 2), 2 * dim(x, 3)],
    tokens: (x) => [dim(x, 0), dim(x, 2) * dim(x, 3), dim(x, 1)],
    picture: (_, shape) => shape,
  };
  problem.program(ops, inputsOf(problem.inputs.map(({ shape }) => shape)));
  return flop;
}
