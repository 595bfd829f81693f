/** Deterministic numbers for tests: a seed in, the same values out. */

/** mulberry32: uniform in [0, 1). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` float32 values, uniform in [low, high). */
export function values(seed: number, count: number, low = -2, high = 2): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * next());
}

/** `count` integers in [0, below). */
export function integers(seed: number, count: number, below: number): Uint32Array {
  const next = uniform(seed);
  return Uint32Array.from({ length: count }, () => Math.floor(next() * below));
}
