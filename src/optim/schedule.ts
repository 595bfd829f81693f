/** Learning rates over time. `t` counts steps from 0. */

/**
 * Rises linearly over `warmup` steps, then stays.
 * Returns the learning rate at step t, counted from 0.
 */
export function warmupConstant(lr: number, warmup: number): (t: number) => number {
  return (t) => lr * Math.min(1, (t + 1) / Math.max(1, warmup));
}

/**
 * Rises linearly over `warmup` steps, then falls along a half cosine to `floor · lr` at `steps`.
 */
export function warmupCosine(
  lr: number,
  { warmup, steps, floor = 0 }: { warmup: number; steps: number; floor?: number },
): (t: number) => number {
  return (t) => {
    if (t < warmup) return (lr * (t + 1)) / warmup;
    const progress = Math.min(1, (t - warmup) / Math.max(1, steps - warmup));
    return lr * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
  };
}
