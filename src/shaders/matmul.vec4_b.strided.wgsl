// As matmul.vec4.wgsl, for an `a` and a result with any strides.
//: use lib/rows_any.wgsl
//: use lib/product_store.wgsl
//: use lib/matmul.vec4.wgsl
