// Sums and maxima over rows: THREADS neighbouring threads, a power of two, of a workgroup of WORKGROUP threads
// share a row. With one thread per row nothing is exchanged.
override THREADS: u32 = 64u;
override WORKGROUP: u32 = 64u;
var<workgroup> row_scratch: array<f32, WORKGROUP>;

fn row_sum(value: f32, thread: u32) -> f32 {
  if (THREADS == 1u) {
    return value;
  }
  row_scratch[thread] = value;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half = half / 2u) {
    if (thread % THREADS < half) {
      row_scratch[thread] += row_scratch[thread + half];
    }
    workgroupBarrier();
  }
  let total = row_scratch[thread - thread % THREADS];
  workgroupBarrier();
  return total;
}

fn row_max(value: f32, thread: u32) -> f32 {
  if (THREADS == 1u) {
    return value;
  }
  row_scratch[thread] = value;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half = half / 2u) {
    if (thread % THREADS < half) {
      row_scratch[thread] = max(row_scratch[thread], row_scratch[thread + half]);
    }
    workgroupBarrier();
  }
  let largest = row_scratch[thread - thread % THREADS];
  workgroupBarrier();
  return largest;
}
