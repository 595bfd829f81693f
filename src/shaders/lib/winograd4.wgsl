// A convolution by 3 × 3 taps in tiles of 4 × 4 outputs, F(4 × 4, 3 × 3) of Winograd (Lavin and
// Gray 2015, section 4.3): 36 products of matrices over the channels, instead of 144 multiplications
// for each pair of channels.
//
//     y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A          g: 3 × 3 weights, d: 6 × 6 pixels, y: 4 × 4
//
// The polynomials are taken at 0, ±a, ±b and ∞ with a = 1/√2 and b = √2, where the paper has 1 and 2: all
// factors stay near one, and the result is off by half as much.
//
//          1   0  −5/2   0   1  0          1     0     0
//          0  −b  −2     a   1  0        −2/3  −b/3  −1/3            1  1    1    1   1   0
//     Bᵀ = 0   b  −2    −a   1  0    G = −2/3   b/3  −1/3       Aᵀ = 0  a   −a    b  −b   0
//          0  −a  −½     b   1  0         1/6   b/6   1/3            0  ½    ½    2   2   0
//          0   a  −½    −b   1  0         1/6  −b/6   1/3            0  a/2 −a/2  2b −2b  1
//          0   1   0  −5/2   0  1          0     0     1
const A = 0.70710678118654752f;
const B = 1.41421356237309505f;
const TILE = 4;
alias Six = array<f32, 6>;
