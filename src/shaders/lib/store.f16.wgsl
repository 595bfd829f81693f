// How elements of f16 lie in buffers: two bytes each. See lib/store.wgsl.
enable f16;
alias Store = f16;
alias Store4 = vec4<f16>;
alias Raw = f16;
alias Raw4 = vec4<f16>;
