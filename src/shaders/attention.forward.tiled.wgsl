// The flash kernel of attention in plain WGSL; see lib/attention.forward.wgsl.
//: use lib/attention.tiled.wgsl
//: use lib/attention.forward.main.wgsl
