/**
 * Holm's step-down correction of m p-values (Holm 1979), in the order given:
 *
 *     p̃_(i) = max_{j ≤ i} min(1, (m − j + 1) p_(j)),      p_(1) ≤ p_(2) ≤ …
 *
 * A comparison whose p̃ is below α counts; the chance that any counts wrongly is at most α.
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((a, b) => (p[a] ?? 0) - (p[b] ?? 0));
  const adjusted = p.map(() => 0);
  let largest = 0;
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (p.length - rank) * (p[i] ?? 0)));
    adjusted[i] = largest;
  });
  return adjusted;
}
