// The flash kernel of attention by subgroups; see lib/attention.forward.wgsl.
//: use lib/attention.subgroup.wgsl
//: use lib/attention.forward.main.wgsl
