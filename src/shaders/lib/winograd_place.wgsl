// Where a tile of a convolution by Winograd lies, for lib/winograd.wgsl (TILE = 2) and lib/winograd4.wgsl
// (TILE = 4). Tiles are counted through (n, row, column) and taken `tiles` at a time, from `first` on; their
// number is filled up to a multiple of four. A transformed tile is (TILE + 2)² planes of [channels, tiles].
//: use lib/items.wgsl
struct Params {
  channels: u32, tiles: u32, first: u32, all: u32, // all: tiles of the whole batch
  H: i32, W: i32, across: u32, down: u32, // of the picture; tiles in a row, and rows of tiles
  pad_y: i32, pad_x: i32, has_bias: u32,
}

struct Place { inside: bool, image: u32, y: i32, x: i32 }

// Where the outputs of a tile begin.
fn place_of(tile: u32) -> Place {
  let t = params.first + tile;
  let y = i32(t / params.across % params.down) * TILE;
  return Place(t < params.all, t / params.across / params.down, y, i32(t % params.across) * TILE);
}
