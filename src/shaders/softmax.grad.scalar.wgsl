//: use lib/scalar.wgsl
//: use lib/softmax.grad.wgsl
