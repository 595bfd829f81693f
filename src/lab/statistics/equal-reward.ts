/**
 * Comparison at equal reward. An arm's sweep over α_rew is a curve of points (reward, measures), in
 * the order of α; arms have scales of α that differ by factors of ten, so they are never compared at
 * equal α but where their curves have the same reward.
 */

export interface CurvePoint {
  readonly reward: number;
  readonly [measure: string]: number;
}

export interface AtReward {
  /** Every measure, interpolated linearly between the neighbours. */
  readonly values: Readonly<Record<string, number>>;
  /** How far the rewards of the neighbours lie apart: large at a cliff. */
  readonly gap: number;
}

/** The measures where the curve first reaches the reward; undefined where it never does. */
export function atReward(curve: readonly CurvePoint[], reward: number): AtReward | undefined {
  const after = curve.findIndex((point) => point.reward >= reward);
  const [a, b] = [curve[after - 1], curve[after]];
  if (!b) return undefined;
  if (!a) return b.reward === reward ? { values: b, gap: 0 } : undefined;
  const part = (reward - a.reward) / (b.reward - a.reward);
  const values: Record<string, number> = {};
  for (const [name, end] of Object.entries(b)) {
    const start = a[name] ?? Number.NaN;
    values[name] = start + (end - start) * part;
  }
  return { values, gap: b.reward - a.reward };
}

/**
 * The area between two curves, ∫ (m_a − m_b) dR over the rewards from `low` to `high`, divided by
 * high − low: the mean difference of the measure at equal reward. Undefined where one does not reach.
 */
export function areaBetween(
  [a, b]: readonly [readonly CurvePoint[], readonly CurvePoint[]],
  measure: string,
  { low, high, points = 64 }: { low: number; high: number; points?: number },
): number | undefined {
  let sum = 0;
  for (let i = 0; i < points; i++) {
    const reward = low + ((high - low) * (i + 0.5)) / points;
    const [left, right] = [atReward(a, reward), atReward(b, reward)];
    if (!left || !right) return undefined;
    sum += (left.values[measure] ?? Number.NaN) - (right.values[measure] ?? Number.NaN);
  }
  return sum / points;
}
