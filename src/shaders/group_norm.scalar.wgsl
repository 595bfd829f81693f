//: use lib/scalar.wgsl
//: use lib/group_norm.forward.wgsl
