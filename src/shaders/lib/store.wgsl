// How elements lie in buffers. Kernels compute in f32: they load with f32(x[i]) or vec4f(x[i]) and
// store with Store(y) or Store4(y). For tensors of f16 lib/store.f16.wgsl takes this file's place.
alias Store = f32;
alias Store4 = vec4f;
// Elements that are only moved: of any type of four bytes, bit by bit.
alias Raw = u32;
alias Raw4 = vec4u;
