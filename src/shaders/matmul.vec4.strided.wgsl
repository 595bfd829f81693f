// As matmul.vec4.wgsl, for a result with any strides.
//: use lib/rows_fours.wgsl
//: use lib/product_store.wgsl
//: use lib/matmul.vec4.wgsl
