//: use lib/vec4.wgsl
//: use lib/softmax.grad.wgsl
