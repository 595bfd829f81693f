// Sums of a workgroup's tile of a product, through workgroup memory: for GPUs, where a load from it
// is some twenty times cheaper than one from a buffer.
//
// ACROSS × DOWN threads share a tile of 4·COLUMNS4 columns and 4·ROWS4 rows. Per round they bring
// DEPTH steps of k of both operands, each thread one block of 4 rows × 4 steps, into workgroup
// memory; then every thread takes for each step 4 or 8 elements of both, and multiplies all pairs:
// 64 multiply-adds for 4 loads of four elements.
//
// Both operands lie there as [step][row], four rows a vector. A vector's place is turned by its step
// (an exclusive or), so that threads that store blocks of neighbouring steps meet different banks.
override ACROSS: u32 = 16;
override DOWN: u32 = 16;
// Blocks of four rows, and of four columns, per thread: 1 or 2.
override ROW_BLOCKS: u32 = 2;
override COLUMN_BLOCKS: u32 = 2;
override DEPTH: u32 = 16;
// With two, a round is stored while the round before is still read: one barrier instead of two.
override BUFFERS: u32 = 2;
override ROWS4: u32 = DOWN * ROW_BLOCKS;
override COLUMNS4: u32 = ACROSS * COLUMN_BLOCKS;
override A_BLOCKS: u32 = ROWS4 * DEPTH / 4;
override B_BLOCKS: u32 = COLUMNS4 * DEPTH / 4;

var<workgroup> a_tile: array<vec4f, BUFFERS * DEPTH * ROWS4>;
var<workgroup> b_tile: array<vec4f, BUFFERS * DEPTH * COLUMNS4>;

// 4 rows × 4 columns each: p and q of the first rows, r and s of the second.
var<private> p: mat4x4f;
var<private> q: mat4x4f;
var<private> r: mat4x4f;
var<private> s: mat4x4f;

// Which block of a round a thread brings: row and step in fours.
struct Block { of_a: bool, of_b: bool, row: u32, step: u32 }

// Neighbouring threads take neighbours in memory, which lie along the steps or along the rows.
fn block_of(thread: u32, a_along_k: bool, b_along_k: bool) -> Block {
  let of_a = thread < A_BLOCKS;
  let i = select(thread - A_BLOCKS, thread, of_a);
  let along_k = select(b_along_k, a_along_k, of_a);
  let rows = select(COLUMNS4, ROWS4, of_a);
  let row = select(i % rows, i / (DEPTH / 4), along_k);
  let step = select(i / rows, i % (DEPTH / 4), along_k);
  return Block(of_a, !of_a && i < B_BLOCKS, row, step);
}

// Stores a block: a vector of four rows for each of four steps.
fn keep(block: Block, buffer: u32, x: mat4x4f) {
  let row = block.row ^ (2 * block.step);
  let step = buffer * DEPTH + 4 * block.step;
  if (block.of_a) {
    let at = step * ROWS4 + row;
    a_tile[at] = x[0];
    a_tile[at + ROWS4] = x[1];
    a_tile[at + 2 * ROWS4] = x[2];
    a_tile[at + 3 * ROWS4] = x[3];
  } else if (block.of_b) {
    let at = step * COLUMNS4 + row;
    b_tile[at] = x[0];
    b_tile[at + COLUMNS4] = x[1];
    b_tile[at + 2 * COLUMNS4] = x[2];
    b_tile[at + 3 * COLUMNS4] = x[3];
  }
}

fn add_outer(sum: mat4x4f, a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(
    fma(vec4f(a.x), b, sum[0]),
    fma(vec4f(a.y), b, sum[1]),
    fma(vec4f(a.z), b, sum[2]),
    fma(vec4f(a.w), b, sum[3]),
  );
}

fn add_step(a_at: u32, b_at: u32) {
  let a0 = a_tile[a_at];
  let b0 = b_tile[b_at];
  p = add_outer(p, a0, b0);
  if (COLUMN_BLOCKS == 2) {
    q = add_outer(q, a0, b_tile[b_at + ACROSS]);
  }
  if (ROW_BLOCKS == 2) {
    let a1 = a_tile[a_at + DOWN];
    r = add_outer(r, a1, b0);
    if (COLUMN_BLOCKS == 2) {
      s = add_outer(s, a1, b_tile[b_at + ACROSS]);
    }
  }
}

// Adds a round to the sums.
fn add_round(thread: u32, buffer: u32) {
  let x = thread % ACROSS;
  let y = thread / ACROSS;
  for (var four = 0u; four < DEPTH / 4; four++) {
    let step = buffer * DEPTH + 4 * four;
    let a_at = step * ROWS4 + (y ^ (2 * four));
    let b_at = step * COLUMNS4 + (x ^ (2 * four));
    add_step(a_at, b_at);
    add_step(a_at + ROWS4, b_at + COLUMNS4);
    add_step(a_at + 2 * ROWS4, b_at + 2 * COLUMNS4);
    add_step(a_at + 3 * ROWS4, b_at + 3 * COLUMNS4);
  }
}

// Row n of a thread's sums, four columns; compiled once, a selection costs less than many stores.
fn sums(n: u32) -> vec4f {
  let first = row_of(p, n);
  let second = row_of(q, n);
  let third = row_of(r, n);
  let block = n / 4;
  if (COLUMN_BLOCKS == 1) { return select(first, third, block == 1); }
  return select(select(first, second, block == 1), select(third, row_of(s, n), block == 3), block > 1);
}

fn row_of(x: mat4x4f, n: u32) -> vec4f {
  return select(select(x[0], x[1], n % 4 == 1), select(x[2], x[3], n % 4 == 3), n % 4 > 1);
}

// Its row and its first column within the tile.
fn place_of(thread: u32, n: u32) -> vec2u {
  let block = n / 4;
  let row = thread / ACROSS + block / COLUMN_BLOCKS * DOWN;
  let column = thread % ACROSS + block % COLUMN_BLOCKS * ACROSS;
  return vec2u(4 * row + n % 4, 4 * column);
}
