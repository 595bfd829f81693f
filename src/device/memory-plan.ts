/**
 * Which buffers can share memory: those whose lives do not overlap.
 *
 *     life of a buffer = [first use, last use], counted in commands of the recorded step
 *
 * Greedy, largest buffer first; each goes into the smallest memory that is free for all its life
 * (best fit), or opens a new one. A memory is a buffer of its own and not a part of one large buffer:
 * WebGPU refuses a buffer that one dispatch both reads and writes, whatever the parts.
 */

/** One buffer's life. Both ends are inclusive: a command's input and its output never share. */
export interface Life {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface MemoryPlan {
  /** For each life the memory it was given. */
  readonly places: readonly number[];
  /** Bytes of each memory. */
  readonly sizes: readonly number[];
}

export function planMemory(lives: readonly Life[]): MemoryPlan {
  const order = lives.map((_, i) => i);
  const at = (i: number): Life => lives[i] ?? { bytes: 0, first: 0, last: 0 };
  order.sort((i, j) => at(j).bytes - at(i).bytes || at(i).first - at(j).first);
  const places = lives.map(() => 0);
  const memories: { readonly bytes: number; readonly tenants: Life[] }[] = [];
  for (const i of order) {
    const life = at(i);
    // Sizes fall, so every memory is large enough, and the last free one is the smallest.
    let place = memories.findLastIndex(({ tenants }) => !tenants.some((t) => overlap(t, life)));
    if (place < 0) place = memories.push({ bytes: life.bytes, tenants: [] }) - 1;
    memories[place]?.tenants.push(life);
    places[i] = place;
  }
  return { places, sizes: memories.map(({ bytes }) => bytes) };
}

/** The most bytes that live at once: no plan needs fewer. */
export function largestDemand(lives: readonly Life[]): number {
  const changes = lives.flatMap(({ bytes, first, last }) => [
    { at: first, bytes },
    { at: last + 1, bytes: -bytes },
  ]);
  changes.sort((a, b) => a.at - b.at || a.bytes - b.bytes);
  let live = 0;
  let most = 0;
  for (const { bytes } of changes) {
    live += bytes;
    most = Math.max(most, live);
  }
  return most;
}

function overlap(a: Life, b: Life): boolean {
  return a.first <= b.last && b.first <= a.last;
}
