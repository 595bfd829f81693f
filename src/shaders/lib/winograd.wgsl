// A convolution by 3 × 3 taps in tiles of 2 × 2 outputs, F(2 × 2, 3 × 3) of Winograd (Lavin and
// Gray 2015, section 4.1): 16 products of matrices over the channels, instead of 36 multiplications
// for each pair of channels.
//
//     y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A          g: 3 × 3 weights, d: 4 × 4 pixels, y: 2 × 2
//
//          1  0 −1  0         1   0   0             1  1  1  0
//     Bᵀ = 0  1  1  0     G = ½   ½   ½        Aᵀ = 0  1 −1 −1
//          0 −1  1  0         ½  −½   ½
//          0  1  0 −1         0   0   1
//
// Tiles are counted through (n, row, column) and taken `tiles` at a time, from `first` on; their
// number is filled up to a multiple of four. A transformed tile is 16 planes of [channels, tiles].
//: use lib/items.wgsl
struct Params {
  channels: u32, tiles: u32, first: u32, all: u32, // all: tiles of the whole batch
  H: i32, W: i32, across: u32, down: u32, // of the picture; tiles in a row, and rows of tiles
  pad_y: i32, pad_x: i32, has_bias: u32,
}

struct Place { inside: bool, image: u32, y: i32, x: i32 }

// Where the 2 × 2 outputs of a tile lie.
fn place_of(tile: u32) -> Place {
  let t = params.first + tile;
  let y = i32(t / params.across % params.down) * 2;
  return Place(t < params.all, t / params.across / params.down, y, i32(t % params.across) * 2);
}
