// The flash gradients of attention in plain WGSL; see lib/attention.backward.wgsl.
//: use lib/attention.tiled.wgsl
//: use lib/attention.backward.main.wgsl
