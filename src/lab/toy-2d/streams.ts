/** Independent streams of a run's one seed. */
export const STREAM = {
  distil: 0,
  train: 1,
  measure: 2,
  pairs: 3,
  calibrate: 4,
  bootstrap: 5,
} as const;
