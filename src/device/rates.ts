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
}

/** Where nothing was measured: two cores of a processor under a software adapter. */
export const DEFAULT_RATES: Rates = {
  productGflops: 20,
  directGflops: 20,
  transformGbs: 4,
  launchSeconds: 2e-5,
};
