/** Kernels by name. */
export type { WgslName } from "./compose.js";
export {
  type Kernel,
  type KernelArgument,
  type KernelCall,
  kernel,
  type ParamTypes,
} from "./kernel.js";
