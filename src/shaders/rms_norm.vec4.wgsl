//: use lib/vec4.wgsl
//: use lib/rms_norm.forward.wgsl
