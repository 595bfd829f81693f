// Batched matrix product, four elements of both operands and of the result at a time: see
// lib/matmul.vec4.wgsl. Rows of `a` lie along k.
//: use lib/rows_fours.wgsl
//: use lib/product_store4.wgsl
//: use lib/matmul.vec4.wgsl
