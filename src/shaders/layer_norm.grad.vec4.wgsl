//: use lib/vec4.wgsl
//: use lib/layer_norm.grad.wgsl
