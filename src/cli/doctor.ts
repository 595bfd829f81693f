/** `hitofude doctor`: which adapter, what it can do, how fast, and how to get a faster one. */
import type { GpuDevice } from "../device/device.js";
import type { TuningStore } from "../device/kernel-choice.js";
import { bestRate } from "../device/measure.js";
import type { AdapterKind } from "../device/node-adapter.js";
import { add } from "../ops/binary.js";
import { matmul } from "../ops/matmul.js";
import { randomNormal } from "../ops/random.js";
import { measureCeilings } from "../shaders/ceilings.js";
import { Key } from "../tensor/key.js";
import { type CommonOptions, printJson, withDevice } from "./session.js";

const SHOWN_LIMITS = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
  "maxStorageBuffersPerShaderStage",
] as const;

/** How long each measurement may take, in ms. */
const BUDGET_MS = 500;

const ADVICE: Readonly<Record<AdapterKind, string>> = {
  hardware: "A GPU is in use; nothing faster can be installed.",
  "system software":
    "No GPU was found, Mesa's software driver is in use. A GPU with a Vulkan driver would be " +
    "10 to 1000 times faster.",
  "bundled software":
    "The bundled SwiftShader is in use. Faster: a GPU with its Vulkan driver, or Mesa's lavapipe " +
    "(version 24 or newer; Debian and Ubuntu: mesa-vulkan-drivers and libvulkan1, on Debian 12 " +
    "from bookworm-backports).",
};

export async function doctor(options: CommonOptions): Promise<void> {
  await withDevice({ ...options, quiet: true }, async ({ device, adapter, kind, tuning }) => {
    const features = [...adapter.features].sort();
    const limits = Object.fromEntries(SHOWN_LIMITS.map((name) => [name, adapter.limits[name]]));
    const matmulGflops = await measureMatmul(device);
    const addGbs = await measureAdd(device);
    const ceilings = await measureCeilings(device);
    const measured = { matmulGflops, addGbs, ceilings };
    const kernels = { ...device.choice, rates: device.rates, measured: tuning?.path };
    const findings = { adapter: device.name, kind, features, limits, kernels, ...measured };
    if (options.json) {
      printJson({ ...findings, advice: ADVICE[kind] });
      return;
    }
    process.stdout.write(
      `adapter   ${device.name}\n` +
        `features  ${features.join(", ")}\n` +
        Object.entries(limits)
          .map(([name, value]) => `limit     ${name} ${value}\n`)
          .join("") +
        `kernels   ${showKernels(device, tuning)}\n` +
        `ceiling   multiply-adds in registers: ${ceilings.gflops.toFixed(1)} GFLOP/s\n` +
        `ceiling   copy of a large buffer: ${ceilings.gbs.toFixed(1)} GB/s\n` +
        `speed     matrix product of 512 × 512: ${matmulGflops.toFixed(1)} GFLOP/s\n` +
        `speed     sum of two vectors of 4 MiB: ${addGbs.toFixed(1)} GB/s\n` +
        `advice    ${ADVICE[kind]}\n`,
    );
  });
}

function showKernels({ choice }: GpuDevice, tuning: TuningStore | undefined): string {
  const why = tuning ? `as measured once: ${tuning.path}` : "as HITOFUDE_KERNELS asks";
  return `${choice.family}, ${why}`;
}

async function measureMatmul(device: GpuDevice): Promise<number> {
  using _scope = device.scope();
  const [a, b] = [0, 1].map((i) => randomNormal(device, Key.from(i), [512, 512]));
  if (!a || !b) return 0;
  const run = (n: number): void => {
    for (let i = 0; i < n; i++) matmul(a, b).dispose();
  };
  return (2 * 512 ** 3 * (await bestRate(device, run, BUDGET_MS))) / 1e9;
}

async function measureAdd(device: GpuDevice): Promise<number> {
  using _scope = device.scope();
  const x = randomNormal(device, Key.from(2), [1 << 20]);
  const run = (n: number): void => {
    for (let i = 0; i < n; i++) add(x, x).dispose();
  };
  return (3 * 4 * 2 ** 20 * (await bestRate(device, run, BUDGET_MS))) / 1e9;
}
