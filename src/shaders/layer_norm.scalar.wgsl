//: use lib/scalar.wgsl
//: use lib/layer_norm.forward.wgsl
