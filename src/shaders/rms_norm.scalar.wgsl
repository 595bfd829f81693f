//: use lib/scalar.wgsl
//: use lib/rms_norm.forward.wgsl
