// The flash gradients of attention by subgroups; see lib/attention.backward.wgsl.
//: use lib/attention.subgroup.wgsl
//: use lib/attention.backward.main.wgsl
