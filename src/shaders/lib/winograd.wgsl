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
//: use lib/winograd_place.wgsl
const TILE = 2;
