/**
 * How much the pictures of one prompt differ among themselves.
 *
 *     distance = mean over pairs of  d_ij = √(mean over pixels of (x_i − x_j)²)
 *     Vendi    = exp(−Σ_k λ_k ln λ_k),   λ = eigenvalues of K / n         1 .. n
 *     K_ij     = exp(−d_ij² / 2h²),      h = 0.3
 *
 * The Vendi score (Friedman & Dieng 2023) is the effective number of different pictures. It depends
 * on the kernel: compare only scores of the same h, and of as many samples a prompt.
 */
import { average, expectOneEach, splitPictures } from "./pictures.js";

/** How different the pictures of one prompt are: see the header. */
export interface Diversity {
  /** Mean RMS distance of pairs, in units of the pixels' range [−1, 1]; mean over prompts. */
  readonly distance: number;
  /** Mean over prompts. */
  readonly vendi: number;
}

/** Bandwidth of the kernel. */
export const VENDI_BANDWIDTH = 0.3;

/** √(mean (a − b)²) */
export function rmsDistance(a: Float32Array, b: Float32Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(total / Math.max(1, a.length));
}

/** images [n, 3, 32, 32] and the prompt of each; prompts with a single picture are left out. */
export function promptDiversity(images: Float32Array, captions: readonly string[]): Diversity {
  const pictures = splitPictures("promptDiversity", images);
  expectOneEach("promptDiversity", pictures.length, "captions", captions.length);
  const groups = new Map<string, Float32Array[]>();
  for (const [i, picture] of pictures.entries()) {
    const caption = captions[i] ?? "";
    groups.set(caption, [...(groups.get(caption) ?? []), picture]);
  }
  const distances = [...groups.values()].filter((g) => g.length > 1).map(distanceMatrix);
  return {
    distance: average(distances.map(meanOfPairs)),
    vendi: average(distances.map((d) => vendiScore(d))),
  };
}

function distanceMatrix(pictures: readonly Float32Array[]): number[][] {
  return pictures.map((a) => pictures.map((b) => (a === b ? 0 : rmsDistance(a, b))));
}

function meanOfPairs(distances: readonly number[][]): number {
  return average(distances.flatMap((row, i) => row.slice(i + 1)));
}

/** Symmetric distances [n][n] → effective number of different items, 1 .. n. */
export function vendiScore(
  distances: readonly (readonly number[])[],
  h: number = VENDI_BANDWIDTH,
): number {
  const n = distances.length;
  const K = distances.map((row) => row.map((d) => Math.exp((-d * d) / (2 * h * h)) / n));
  const entropy = symmetricEigenvalues(K)
    .filter((l) => l > 0)
    .reduce((total, l) => total - l * Math.log(l), 0);
  return Math.exp(entropy);
}

const SWEEPS = 30;

/**
 * Eigenvalues of a symmetric matrix by Jacobi's cyclic rotations:
 *
 *     t = sign(θ) / (|θ| + √(θ² + 1)),   θ = (a_qq − a_pp) / 2 a_pq      makes a_pq zero
 */
export function symmetricEigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const a = matrix.map((row) => Float64Array.from(row));
  const n = a.length;
  const at = (i: number, j: number): number => a[i]?.[j] ?? 0;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += at(p, q) ** 2;
    if (off < 1e-24) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, p, q);
  }
  return a.map((_, i) => at(i, i));
}

function rotate(a: Float64Array[], p: number, q: number): void {
  const [row_p, row_q] = [a[p], a[q]];
  if (!row_p || !row_q) return;
  const a_pq = row_p[q] ?? 0;
  if (Math.abs(a_pq) < 1e-300) return;
  const theta = ((row_q[q] ?? 0) - (row_p[p] ?? 0)) / (2 * a_pq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const row of a) {
    const [x, y] = [row[p] ?? 0, row[q] ?? 0];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [row_p[k] ?? 0, row_q[k] ?? 0];
    row_p[k] = c * x - s * y;
    row_q[k] = s * x + c * y;
  }
}
