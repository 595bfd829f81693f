// As matmul.vec4.wgsl, for an `a` with any strides.
//: use lib/rows_any.wgsl
//: use lib/product_store4.wgsl
//: use lib/matmul.vec4.wgsl
