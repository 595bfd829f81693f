/**
 * Mixed precision for inference: parameters in f16 take half the memory, and kernels still add up in
 * f32. A network trains in f32: derivatives in f16 are a named error.
 */
import { cast } from "../ops/cast.js";
import type { Dtype } from "../tensor/dtype.js";
import type { Module } from "./module.js";

/**
 * Gives every parameter of `module` the element type `dtype`, and frees what it had.
 * @throws DtypeError for f16 on an adapter without it.
 */
export function castParameters(module: Module, dtype: Dtype): void {
  for (const parameter of module.parameters().values()) {
    const before = parameter.value;
    if (before.dtype === dtype) continue;
    parameter.value = cast(before, dtype);
    before.dispose();
  }
}
