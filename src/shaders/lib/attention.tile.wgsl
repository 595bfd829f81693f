// What the flash kernels of attention share: a tile of 2·HALF rows × 4 columns per lane, whose sums
// are s0 .. s7 and t0 .. t7, and the weights of a block of TILES such tiles in workgroup memory.
//
// A kernel defines left(operand, row, k), what rows multiply by; take_row(what, row, sum), where
// the
// sums of a row go; and load_row(row), what they begin with. `operand` and `what` are constants.
// These
// are compiled once per row, so they are short: what can wait is done by a loop over `weights`.
// What
// differs between calls is uniform, not an override: a software adapter compiles for seconds.
override TILES: u32 = 1;
override ROWS: u32 = 2 * HALF;
override WIDTH: u32 = 4 * SUBGROUP;
override BLOCK: u32 = TILES * WIDTH;

// Scores at or below this are of keys that are not seen.
const UNSEEN = -3.4028234e38;

// [column of the block, row]
var<workgroup> weights: array<f32, ROWS * BLOCK>;

// This lane's places: four columns of a tile.
fn places(lane: u32) -> vec4u {
  return lane + vec4u(0, 1, 2, 3) * SUBGROUP;
}

fn clear_sums() {
  s0 = vec4f(); s1 = vec4f(); s2 = vec4f(); s3 = vec4f();
  s4 = vec4f(); s5 = vec4f(); s6 = vec4f(); s7 = vec4f();
  t0 = vec4f(); t1 = vec4f(); t2 = vec4f(); t3 = vec4f();
  t4 = vec4f(); t5 = vec4f(); t6 = vec4f(); t7 = vec4f();
}

fn give_sums(what: u32) {
  take_row(what, 0, s0);
  take_row(what, 1, s1);
  take_row(what, 2, s2);
  take_row(what, 3, s3);
  take_row(what, HALF, t0);
  take_row(what, HALF + 1, t1);
  take_row(what, HALF + 2, t2);
  take_row(what, HALF + 3, t3);
  if (HALF == 8) {
    take_row(what, 4, s4);
    take_row(what, 5, s5);
    take_row(what, 6, s6);
    take_row(what, 7, s7);
    take_row(what, 12, t4);
    take_row(what, 13, t5);
    take_row(what, 14, t6);
    take_row(what, 15, t7);
  }
}

fn load_sums() {
  s0 = load_row(0);
  s1 = load_row(1);
  s2 = load_row(2);
  s3 = load_row(3);
  t0 = load_row(HALF);
  t1 = load_row(HALF + 1);
  t2 = load_row(HALF + 2);
  t3 = load_row(HALF + 3);
  if (HALF == 8) {
    s4 = load_row(4);
    s5 = load_row(5);
    s6 = load_row(6);
    s7 = load_row(7);
    t4 = load_row(12);
    t5 = load_row(13);
    t6 = load_row(14);
    t7 = load_row(15);
  }
}
