/**
 * References that compute some places of a large result in float64 from the formula: the whole
 * would take minutes on the host.
 */
import { type Input, type Problem, permuted, type Shape, sizeOf, values } from "../problem.js";
import type { Expected } from "./row.js";

const PLACES = 192;

/** The first place, the last, and others spread over the array. */
export function places(size: number, count = PLACES): Uint32Array {
  const n = Math.min(size, count);
  if (n === size) return Uint32Array.from({ length: n }, (_, i) => i);
  return Uint32Array.from({ length: n }, (_, i) => {
    if (i === n - 1) return size - 1;
    // A step that shares no factor with powers of two visits rows and columns alike.
    return i === 0 ? 0 : Math.floor(((i * 0.6180339887) % 1) * size);
  });
}

export function sampled(size: number, value: (place: number) => number, count?: number): Expected {
  const at = places(size, count);
  return { at, want: Float64Array.from(at, value) };
}

/** The index along each axis. */
export function indexOf(place: number, shape: Shape): number[] {
  let rest = place;
  return shape.map((_, i) => {
    const stride = sizeOf(shape.slice(i + 1));
    const index = Math.floor(rest / stride);
    rest -= index * stride;
    return index;
  });
}

/** The values of the problem's inputs. */
export const inputValues = ({ inputs }: Problem): Float32Array[] => inputs.map(values);

export const input = (shape: Shape, seed: number, more: Partial<Input> = {}): Input => ({
  shape,
  seed,
  ...more,
});

interface AttentionSizes {
  readonly heads: number;
  readonly T: number;
  readonly d: number;
}

/** One head of x [1, T, heads · d] as float64 [T, d]. */
function head(x: Float32Array, { heads, T, d }: AttentionSizes, which: number): Float64Array {
  return Float64Array.from(permuted(x, [1, T, heads, d], [0, 2, 1, 3])).slice(
    which * T * d,
    (which + 1) * T * d,
  );
}

/** Attention in the last head, batch 1: rows of y; with dy also rows of dq, dk and dv. */
export function attentionExpected(
  [q, k, v, dy]: readonly Float32Array[],
  sizes: AttentionSizes,
): Expected[] {
  const { heads, T, d } = sizes;
  if (!q || !k || !v) throw new Error("Attention takes q, k and v.");
  const which = heads - 1;
  const [Q, K, V] = [head(q, sizes, which), head(k, sizes, which), head(v, sizes, which)];
  const rows = places(T, 6);
  const expected = (row: (i: number) => Float64Array): Expected => {
    const at = new Uint32Array(rows.length * d);
    const want = new Float64Array(rows.length * d);
    rows.forEach((i, n) => {
      row(i).forEach((value, c) => {
        at[n * d + c] = i * heads * d + which * d + c;
        want[n * d + c] = value;
      });
    });
    return { at, want };
  };
  const P = (i: number) => softmaxRow(Q, K, i, T, d);
  if (!dy) return [expected((i) => combine(P(i), V, d))];
  const D = head(dy, sizes, which);
  return attentionGradients({ Q, K, V, D, P, T, d }).map(expected);
}

interface Head {
  readonly Q: Float64Array;
  readonly K: Float64Array;
  readonly V: Float64Array;
  readonly D: Float64Array;
  readonly T: number;
  readonly d: number;
  P(i: number): Float64Array;
}

/** dS = P ⊙ (dy vᵀ − ⟨dy, y⟩), dq = dS k / √d, dk = dSᵀ q / √d, dv = Pᵀ dy: rows of the three. */
function attentionGradients({ Q, K, V, D, P, T, d }: Head): ((i: number) => Float64Array)[] {
  const scale = d ** -0.5;
  const wanted = [...places(T, 6)];
  const dk = new Map(wanted.map((j) => [j, new Float64Array(d)]));
  const dv = new Map(wanted.map((j) => [j, new Float64Array(d)]));
  const dS = (i: number, p: Float64Array): Float64Array => {
    const g = Float64Array.from({ length: T }, (_, j) => dot(D, i, V, j, d));
    const mean = g.reduce((sum, x, j) => sum + x * (p[j] ?? 0), 0);
    return g.map((x, j) => (p[j] ?? 0) * (x - mean));
  };
  for (let i = 0; i < T; i++) {
    const p = P(i);
    const s = dS(i, p);
    for (const j of wanted) {
      for (let c = 0; c < d; c++) {
        addTo(dk.get(j), c, scale * (s[j] ?? 0) * (Q[i * d + c] ?? 0));
        addTo(dv.get(j), c, (p[j] ?? 0) * (D[i * d + c] ?? 0));
      }
    }
  }
  return [
    (i) =>
      combine(
        dS(i, P(i)).map((x) => x * scale),
        K,
        d,
      ),
    (j) => dk.get(j) ?? new Float64Array(d),
    (j) => dv.get(j) ?? new Float64Array(d),
  ];
}

function addTo(row: Float64Array | undefined, c: number, x: number): void {
  if (row) row[c] = (row[c] ?? 0) + x;
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, d: number): number {
  let sum = 0;
  for (let c = 0; c < d; c++) sum += (a[i * d + c] ?? 0) * (b[j * d + c] ?? 0);
  return sum;
}

function softmaxRow(Q: Float64Array, K: Float64Array, i: number, T: number, d: number) {
  const z = Float64Array.from({ length: T }, (_, j) => dot(Q, i, K, j, d) / Math.sqrt(d));
  const most = z.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const e = z.map((x) => Math.exp(x - most));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / total);
}

/** Σ_j weights[j] · rows[j] */
function combine(weights: Float64Array, rows: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d);
  weights.forEach((w, j) => {
    for (let c = 0; c < d; c++) out[c] = (out[c] ?? 0) + w * (rows[j * d + c] ?? 0);
  });
  return out;
}
