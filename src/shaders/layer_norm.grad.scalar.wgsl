//: use lib/scalar.wgsl
//: use lib/layer_norm.grad.wgsl
