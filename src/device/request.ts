import { DeviceError } from "../errors.js";

/** Optional features that kernels or reports make use of. */
const USED_FEATURES = ["timestamp-query", "subgroups", "shader-f16"] as const;

/** Asks an adapter for all that it offers and this project can use. Refuses the null backend. */
export async function requestGpu(adapter: GPUAdapter): Promise<GPUDevice> {
  const { info, limits } = adapter;
  if (/\bnull\b/i.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`)) {
    throw new DeviceError(
      "Dawn's null backend answers garbage without an error and is refused. " +
        "Choose another adapter.",
    );
  }
  return adapter.requestDevice({
    requiredFeatures: USED_FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    },
  });
}

/** What a device should know of its adapter. */
export function traitsOf({ info, features }: GPUAdapter) {
  const { subgroupMinSize: least, subgroupMaxSize: most } = info;
  const uniform = features.has("subgroups") && least === most;
  return {
    name: info.description || info.device || info.vendor || "adapter",
    subgroupSize: uniform ? least : undefined,
    software: info.isFallbackAdapter,
  };
}

/** How many tensors one kernel may read and write. */
export function mostBindings({ limits }: GPUDevice): number {
  return limits.maxStorageBuffersPerShaderStage;
}
