import type { Tensor } from "../tensor/tensor.js";

/** Where a trainable tensor lives: `nn`'s Parameter is one. */
export interface Slot {
  value: Tensor;
}
