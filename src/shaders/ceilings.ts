/**
 * What an adapter can do at best: multiply-adds that touch no memory, and a copy that does nothing
 * else. Profiles say how near a kernel comes to the two.
 */
import type { GpuDevice } from "../device/device.js";
import { bestRate } from "../device/measure.js";
import type { Ceilings } from "../device/profile.js";
import { type KernelArgument, kernel } from "./kernel.js";

const fma = kernel("ceiling.fma", { rounds: "u32", factor: "f32", term: "f32" });
const copy = kernel("ceiling.copy", { vectors: "u32" });

/** Threads enough to fill every adapter: 4096 groups of 64. */
const GROUPS = 4096;
const ROUNDS = 16;
/** As ceiling.fma.wgsl has it: 64 threads, 4 × 2 vectors of multiply-adds a round. */
const FLOP_PER_ROUND = 64 * (4 * 2 * 4) * 2;

/** Threads of a workgroup that uses all units of a GPU's core, and how long each rate may take. */
const WIDE = 256;
const SHORT_MS = 25;

/** More than caches hold. */
const COPY_BYTES = 2 ** 26;

/** Half of the time that the measurement takes. */
const BUDGET_MS = 500;

/**
 * Takes about a second the first time; the device remembers the result.
 * @returns gflops in 10⁹ operations/s (a multiply-add counts as two), gbs in 10⁹ bytes/s (read and
 * written).
 */
export async function measureCeilings(device: GpuDevice): Promise<Ceilings> {
  device.ceilings ??= { gflops: await measureFma(device), gbs: await measureCopy(device) };
  return device.ceilings;
}

async function measureFma(device: GpuDevice): Promise<number> {
  const work = GROUPS * ROUNDS * FLOP_PER_ROUND;
  const rate = await withBuffers(device, [4 * 64 * GROUPS], (out) =>
    bestRate(
      device,
      (n) => {
        const params = { rounds: ROUNDS * n, factor: 0.5, term: 1 };
        fma({ tensors: [out], params, groups: GROUPS, flop: n * work });
      },
      BUDGET_MS,
    ),
  );
  return (rate * work) / 1e9;
}

export async function measureCopy(device: GpuDevice, budgetMs = BUDGET_MS): Promise<number> {
  const bytes = Math.min(COPY_BYTES, device.gpu.limits.maxStorageBufferBindingSize);
  const vectors = Math.floor(bytes / 16);
  const rate = await withBuffers(device, [bytes, bytes], (from, to) =>
    bestRate(
      device,
      (n) => {
        for (let i = 0; i < n; i++)
          copy({ tensors: [from, to], params: { vectors }, items: vectors });
      },
      budgetMs,
    ),
  );
  return (rate * 2 * 16 * vectors) / 1e9;
}

/**
 * Rates that a choice of kernels asks for, in some tens of ms: multiply-adds when the adapter is full
 * (10⁹ operations/s), how many workgroups of 256 threads fill it, and the time of one launch.
 */
export async function measureWidth(
  device: GpuDevice,
): Promise<{ readonly gflops: number; readonly cores: number; readonly launchSeconds: number }> {
  const overrides = { WORKGROUP: WIDE };
  const perRound = (FLOP_PER_ROUND / 64) * WIDE;
  const most = 1024;
  const few = 4;
  const rateOf = (groups: number, rounds: number): Promise<number> =>
    withBuffers(device, [4 * WIDE * most], (out) =>
      bestRate(
        device,
        (n) => {
          const params = { rounds: rounds * n, factor: 0.5, term: 1 };
          fma({ tensors: [out], params, groups, overrides });
        },
        SHORT_MS,
      ),
    );
  const full = (await rateOf(most, ROUNDS)) * most * ROUNDS * perRound;
  const some = (await rateOf(few, 64 * ROUNDS)) * 64 * ROUNDS * perRound;
  const launches = await withBuffers(device, [4 * WIDE * most], (out) =>
    bestRate(
      device,
      (n) => {
        const params = { rounds: 0, factor: 0.5, term: 1 };
        for (let i = 0; i < n; i++) fma({ tensors: [out], params, groups: 1, overrides });
      },
      SHORT_MS,
    ),
  );
  const cores = Math.max(1, Math.round(full / some));
  return { gflops: full / 1e9, cores, launchSeconds: 1 / launches };
}

/** Buffers of these sizes for as long as `use` runs. */
async function withBuffers(
  device: GpuDevice,
  sizes: readonly number[],
  use: (...buffers: KernelArgument[]) => Promise<number>,
): Promise<number> {
  const buffers = sizes.map((size) => device.acquire(size, "measureCeilings"));
  const ranges = buffers.map((buffer) => ({ device, buffer, offset: 0, size: buffer.size }));
  try {
    return await use(...ranges.map((gpu) => ({ gpu })));
  } finally {
    for (const buffer of buffers) device.release(buffer);
    device.trim();
  }
}
