//: use lib/vec4.wgsl
//: use lib/layer_norm.forward.wgsl
