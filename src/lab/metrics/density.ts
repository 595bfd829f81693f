/**
 * Metrics of a density p against a reference q, both as masses of the cells of a line of step h.
 * Each is one formula; masses sum to 1, and 0 log 0 = 0.
 */

/** Differential entropy H = −Σ p log(p / h). */
export function entropy(p: ArrayLike<number>, step: number): number {
  return -sum(p.length, (i) => xLogY(p[i] ?? 0, (p[i] ?? 0) / step));
}

/** KL(p ‖ q) = Σ p log(p / q); infinite where p has mass and q has none. */
export function kl(p: ArrayLike<number>, q: ArrayLike<number>): number {
  return sum(p.length, (i) => xLogY(p[i] ?? 0, (p[i] ?? 0) / (q[i] ?? 0)));
}

/** Recall: the reference's mass where p is at least a tenth of q, Σ q [p ≥ q / 10]. */
export function recall(p: ArrayLike<number>, q: ArrayLike<number>): number {
  return sum(p.length, (i) => ((p[i] ?? 0) >= (q[i] ?? 0) / 10 ? (q[i] ?? 0) : 0));
}

/** Expected value Σ p f. */
export function expectation(p: ArrayLike<number>, f: ArrayLike<number>): number {
  return sum(p.length, (i) => (p[i] ?? 0) * (f[i] ?? 0));
}

/** x log y, 0 where x is 0. */
function xLogY(x: number, y: number): number {
  return x > 0 ? x * Math.log(y) : 0;
}

function sum(n: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += term(i);
  return total;
}
