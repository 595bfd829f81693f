// Sums and maxima over rows: THREADS neighbouring threads, a power of two, of a workgroup of WORKGROUP threads
// share a row. With one thread per row nothing is exchanged.
//
// A few threads join the values of the row in parts, then every thread joins the parts: two barriers,
// where a tree takes one for each halving. On software adapters they cost time, and time to compile.
// No barrier is needed at the end: a next call writes only what all threads have finished reading.
override THREADS: u32 = 64u;
override WORKGROUP: u32 = 64u;
override PARTS: u32 = min(8u, THREADS);
var<workgroup> row_scratch: array<f32, WORKGROUP>;
var<workgroup> row_parts: array<f32, WORKGROUP>;

fn row_sum(value: f32, thread: u32) -> f32 {
  if (THREADS == 1u) {
    return value;
  }
  let first = thread - thread % THREADS;
  row_scratch[thread] = value;
  workgroupBarrier();
  if (thread - first < PARTS) {
    var part = 0.0;
    for (var i = thread; i < first + THREADS; i += PARTS) {
      part += row_scratch[i];
    }
    row_parts[thread] = part;
  }
  workgroupBarrier();
  var total = 0.0;
  for (var i = first; i < first + PARTS; i += 1u) {
    total += row_parts[i];
  }
  return total;
}

fn row_max(value: f32, thread: u32) -> f32 {
  if (THREADS == 1u) {
    return value;
  }
  let first = thread - thread % THREADS;
  row_scratch[thread] = value;
  workgroupBarrier();
  if (thread - first < PARTS) {
    var part = value;
    for (var i = thread; i < first + THREADS; i += PARTS) {
      part = max(part, row_scratch[i]);
    }
    row_parts[thread] = part;
  }
  workgroupBarrier();
  var largest = row_parts[first];
  for (var i = first + 1u; i < first + PARTS; i += 1u) {
    largest = max(largest, row_parts[i]);
  }
  return largest;
}
