/**
 * How fast a device does what kernels are chosen by. A choice between two ways to compute the same
 * compares their times, as these numbers give them.
 */
export interface Rates {
  /** Of a product of matrices. */
  readonly productGflops: number;
  /** Of a convolution tap by tap. */
  readonly directGflops: number;
  /** Of kernels that read, add a little, and write. */
  readonly transformGbs: number;
  /** From one launch to the next when a kernel does nothing. */
  readonly launchSeconds: number;
  /** To compile one of the largest kernels. */
  readonly compileSeconds: number;
}

/** Where nothing was measured: two cores of a processor under a software adapter. */
export const DEFAULT_RATES: Rates = {
  productGflops: 20,
  directGflops: 20,
  transformGbs: 4,
  launchSeconds: 2e-5,
  compileSeconds: 0.5,
};

/** Launches of a kind that a program is expected to make: some thousand steps of a training. */
const LAUNCHES = 20_000;

/** Whether a kernel that takes `share` less time for products of so many multiply-adds is worth compiling. */
export function isWorthCompiling(
  { productGflops, compileSeconds }: Rates,
  multiplyAdds: number,
  share: number,
): boolean {
  const seconds = (2 * multiplyAdds) / (1e9 * productGflops);
  return LAUNCHES * share * seconds >= compileSeconds;
}

/** Launches that the work on a part lasts, and elements that a part has. */
const PART_LAUNCHES = 50;
const [LEAST, MOST] = [2 ** 20, 2 ** 23];

/**
 * How many elements (f32) of a large intermediate are made at a time: 4 to 32 MB. A processor's cache
 * holds small parts; on a GPU a small one is over before the next is launched.
 */
export function partElements({ launchSeconds, transformGbs }: Rates): number {
  const elements = (PART_LAUNCHES * launchSeconds * transformGbs * 1e9) / 4;
  return Math.min(MOST, Math.max(LEAST, Math.floor(elements)));
}
