// Writes a transformed tile column by column into `planes` [36, channels, tiles], which whoever uses this binds.
// One thread per tile and channel.
//: use lib/winograd4.wgsl
//: use lib/winograd_place.wgsl
fn store(at: u32, column: Six) {
  let step = 6 * params.channels * params.tiles;
  planes[at] = column[0];
  planes[at + step] = column[1];
  planes[at + 2 * step] = column[2];
  planes[at + 3 * step] = column[3];
  planes[at + 4 * step] = column[4];
  planes[at + 5 * step] = column[5];
}

fn items() -> u32 { return params.channels * params.tiles; }
