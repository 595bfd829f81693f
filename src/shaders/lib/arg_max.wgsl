// Which of two terms is chosen. `beats` is the function of the op's page: fn beats(a: f32, b: f32)
// -> bool. A NaN beats every number; among equals the earlier term is chosen.
//: use lib/ieee.wgsl
struct Choice {
  value: f32,
  term: u32,
}

fn chosen(a: Choice, b: Choice) -> Choice {
  let a_nan = is_nan(a.value);
  let b_nan = is_nan(b.value);
  let a_first = a.term < b.term;
  let numbers = beats(a.value, b.value) || (!beats(b.value, a.value) && a_first);
  let a_wins = select(select(numbers, false, b_nan), !b_nan || a_first, a_nan);
  if (a_wins) {
    return a;
  }
  return b;
}
