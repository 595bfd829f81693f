//: use lib/ieee.wgsl
// log of sum exp(x - shift), where `largest` is max x.
// A NaN among the terms is in the sum, though max may have dropped it. log 0 and log of infinity
// are not left to the adapter.
fn log_of_sum(sum: f32, largest: f32) -> f32 {
  return select(log_or_nan(sum), largest, is_infinite(largest) && !is_nan(sum));
}
