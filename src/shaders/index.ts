/** Kernels by name. */
export { measureCeilings } from "./ceilings.js";
export type { WgslName } from "./compose.js";
export { type Element, elements } from "./elements.js";
export {
  type Kernel,
  type KernelArgument,
  type KernelCall,
  kernel,
  type ParamTypes,
} from "./kernel.js";
