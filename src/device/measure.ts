/** How long a run must last for its time to be its own, not the submission's. */
const LEAST_MS = 20;

/**
 * Runs per second at best, within `budgetMs`. `run(n)` records n runs (or one n times as long);
 * n doubles until they last. A first run compiles and is not counted.
 */
export async function bestRate(
  device: { synchronize(): Promise<void> },
  run: (n: number) => void,
  budgetMs: number,
): Promise<number> {
  let n = 1;
  run(n);
  await device.synchronize();
  let best = 0;
  for (const end = performance.now() + budgetMs; performance.now() < end; ) {
    const began = performance.now();
    run(n);
    await device.synchronize();
    const ms = performance.now() - began;
    best = Math.max(best, (1000 * n) / ms);
    if (ms < LEAST_MS) n *= 2;
  }
  return best;
}

/** Milliseconds that `run` takes. */
export async function wallTime(run: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
