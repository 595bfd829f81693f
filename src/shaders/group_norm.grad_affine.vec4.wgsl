//: use lib/vec4.wgsl
//: use lib/group_norm.grad_affine.wgsl
