/**
 * Chooses a device's kernels by measuring them once.
 *
 * First how fast the adapter multiplies and adds in registers. A software adapter keeps what suits
 * it: a kernel more to compile costs it more than any choice could save. On a faster one each family
 * and each tile computes a product that fills it, and then one convolution.
 */
import type { GpuDevice } from "../../device/device.js";
import {
  choiceOf,
  type KernelsOption,
  TILE_NAMES,
  type Tuning,
  type TuningStore,
} from "../../device/kernel-choice.js";
import { bestRate } from "../../device/measure.js";
import { DEFAULT_RATES } from "../../device/rates.js";
import { measureCopy, measureWidth } from "../../shaders/ceilings.js";
import { wgslSources } from "../../shaders/generated.js";
import { fits } from "../../shaders/workgroup-tiles.js";
import { Tensor } from "../../tensor/tensor.js";
import { conv2dGeometry } from "./conv2d-geometry.js";
import { runForward } from "./conv2d-kernels.js";
import { product } from "./product.js";

export interface TuneOptions {
  /** What was measured before is taken from here, and new measurements go there. */
  readonly store?: TuningStore | undefined;
  /** Measures even where the store has an answer. Default false. */
  readonly again?: boolean;
  /** Measures all candidates on a slow adapter as well: seconds. Default false. */
  readonly thorough?: boolean;
}

/** Below, an adapter is taken for a processor (10⁹ operations/s). */
const GPU_GFLOPS = 400;
/** For each candidate, after its compilation. */
const BUDGET_MS = 15;

/**
 * Sets `device.choice` and `device.rates`, from the store or by measuring: some 0.2 s and the
 * compilation of the candidates on a GPU, some 0.1 s on a software adapter. A device of naive
 * kernels stays as it is.
 * @throws DeviceError when the device fails.
 */
export async function tuneKernels(device: GpuDevice, options: TuneOptions = {}): Promise<Tuning> {
  const { store, again = false, thorough = false } = options;
  const sources = fingerprint();
  const { choice, rates } = device;
  if (device.kernels === "naive") return { choice, rates, sources };
  const known = again ? undefined : store?.read();
  const tuning = known?.sources === sources ? known : await measure(device, sources, thorough);
  device.choice = tuning.choice;
  device.rates = tuning.rates;
  if (tuning !== known) store?.write(tuning);
  return tuning;
}

async function measure(device: GpuDevice, sources: string, thorough: boolean): Promise<Tuning> {
  const { gflops, cores, launchSeconds } = await measureWidth(device);
  const standard = choiceOf("fast", device.subgroupSize);
  if (gflops < GPU_GFLOPS && !thorough) return { choice: standard, rates: DEFAULT_RATES, sources };
  const before = device.choice;
  try {
    const size = gflops < GPU_GFLOPS ? 256 : 2048;
    const measured = new Map<KernelsOption, number>();
    for (const option of candidates(device)) {
      device.choice = choiceOf(option, device.subgroupSize);
      measured.set(option, await productGflops(device, size));
    }
    const [best, rate] = [...measured].reduce((a, b) => (b[1] > a[1] ? b : a));
    const family = choiceOf(best, device.subgroupSize).family;
    const tiles = Object.fromEntries(
      TILE_NAMES.flatMap((name) => {
        const speed = measured.get(`workgroup ${name}`);
        return speed === undefined ? [] : [[name, speed / rate]];
      }),
    );
    device.choice = { family, tiles, cores };
    const directGflops = await convolutionGflops(device, size / 16);
    const transformGbs = await measureCopy(device, 2 * BUDGET_MS);
    const { compileSeconds } = DEFAULT_RATES;
    const rates = {
      productGflops: rate,
      directGflops,
      transformGbs,
      launchSeconds,
      compileSeconds,
    };
    return { choice: device.choice, rates, sources };
  } finally {
    device.choice = before;
  }
}

function candidates({ subgroupSize = 0, gpu }: GpuDevice): readonly KernelsOption[] {
  const tiles = TILE_NAMES.filter((name) => fits(name, gpu.limits));
  return [
    "tiled",
    ...(subgroupSize < 4 ? [] : (["subgroup"] as const)),
    ...tiles.map((name) => `workgroup ${name}` as const),
  ];
}

async function productGflops(device: GpuDevice, size: number): Promise<number> {
  const [M, N, K] = [size, size, size / 4];
  using a = zeros(device, [M, K]);
  using b = zeros(device, [K, N]);
  using c = zeros(device, [M, N]);
  const run = (): void =>
    product(
      [a, { batch: 0, row: K, col: 1 }],
      [b, { batch: 0, row: N, col: 1 }],
      [c, { batch: 0, row: N, col: 1 }],
      { batch: 1, M, N, K },
    );
  return (2 * M * N * K * (await repeated(device, run))) / 1e9;
}

/** Of a convolution by 3 × 3 taps, tap by tap. */
async function convolutionGflops(device: GpuDevice, channels: number): Promise<number> {
  const [x, w] = [
    [8, channels, 32, 32],
    [channels, channels, 3, 3],
  ] as const;
  const g = conv2dGeometry("tuneKernels", x, w, { stride: 1, padding: 1, groups: 1, dilation: 1 });
  using from = zeros(device, x);
  using weights = zeros(device, w);
  using to = zeros(device, x);
  const before = device.rates;
  // So fast that no other way is taken.
  device.rates = { ...before, directGflops: Number.MAX_VALUE };
  try {
    const rate = await repeated(device, () => runForward(g, from, weights, undefined, to));
    return (2 * from.size * channels * 9 * rate) / 1e9;
  } finally {
    device.rates = before;
  }
}

const repeated = (device: GpuDevice, run: () => void): Promise<number> =>
  bestRate(
    device,
    (n) => {
      for (let i = 0; i < n; i++) run();
    },
    BUDGET_MS,
  );

/** Buffers come zeroed, or with what they held before: the time is the same. */
function zeros(device: GpuDevice, shape: readonly number[]): Tensor {
  return Tensor.allocate(device, { shape, dtype: "f32" }, "tuneKernels");
}

/** Of the kernels' texts: FNV-1a, 32 bits. */
function fingerprint(): string {
  let hash = 0x811c9dc5;
  for (const [name, text] of Object.entries(wgslSources)) {
    if (!/matmul|conv2d|workgroup|product/.test(name)) continue;
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
    }
  }
  return hash.toString(16).padStart(8, "0");
}
