/**
 * Builds the UNet of SDXL with random weights, which the adapter draws itself, and evaluates it once.
 *
 *     npx tsx scripts/sdxl-forward.ts [--adapter lavapipe] [--latents 32] [--dtype f16]
 *                                     [--channels 320] [--memory 12] [--kernels]
 *
 *     --channels   of the first resolution; 320 is SDXL itself
 *     --memory     GB that tensors may take
 *     --kernels    also prints the time of each kernel
 */
import { parseArgs } from "node:util";
import {
  cast,
  type Device,
  full,
  type GpuDevice,
  HitofudeError,
  Key,
  mul,
  openNodeDevice,
  type Profile,
  parameterCount,
  randomNormal,
  randomUniform,
  type Shape,
  sdxlUNet,
  streamParams,
  sub,
  type Tensor,
  type TensorSource,
  tensor,
  UNet2DConditionModel,
  type UNetConfig,
  UsageError,
  zeros,
} from "../src/node.js";
import { assertRoom } from "../src/tensor/room.js";

const GB = 1e9;
const TOKENS = 77;
/** Where SDXL's one-step generators begin. */
const TIMESTEP = 399;
/** Temporaries in f32 that the pool may keep while weights are drawn. */
const RESERVE = 0.5 * GB;

const OPTIONS = {
  adapter: { type: "string" },
  latents: { type: "string", default: "32" },
  dtype: { type: "string", default: "f16" },
  channels: { type: "string", default: "320" },
  memory: { type: "string", default: "12" },
  kernels: { type: "boolean", default: false },
} as const;

/** Weights uniform in ±1/√fan-in, scales of norms 1, biases 0. */
function draw(device: Device, key: Key, name: string, shape: Shape, dtype: "f16" | "f32"): Tensor {
  if (shape.length === 1) {
    const value = /norm[^.]*\.weight$/.test(name) ? 1 : 0;
    return full(device, shape, value, { dtype, label: name });
  }
  const [, ...fanIn] = shape;
  const bound = 1 / Math.sqrt(fanIn.reduce((product, size) => product * size, 1));
  using scope = device.scope();
  const u = randomUniform(device, key, shape);
  return scope.keep(cast(mul(sub(u, 0.5), 2 * bound), dtype));
}

function randomWeights(key: Key): TensorSource {
  return {
    async load(device, wanted, { dtype = "f32", memoryLimit }) {
      const planned = [...wanted].map(([name, shape]) => ({ name, shape, dtype }));
      assertRoom("SDXL's UNet", device, planned, { memoryLimit });
      const made = new Map<string, Tensor>();
      let number = 0;
      for (const [name, shape] of wanted) {
        made.set(name, draw(device, key.fold(number++), name, shape, dtype));
        if (device.stats.pooledBytes > RESERVE) await tidy(device as GpuDevice);
      }
      await tidy(device as GpuDevice);
      return made;
    },
  };
}

async function tidy(device: GpuDevice): Promise<void> {
  await device.synchronize();
  device.trim();
}

function whole(name: keyof typeof OPTIONS, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`--${name} is ${text}. Give a whole number above 0.`);
}

/** SDXL's config, or one of the same form with other widths; heads keep their 64 channels. */
function configOf(channels: number): UNetConfig {
  const block_out_channels = [channels, 2 * channels, 4 * channels];
  const attention_head_dim = block_out_channels.map((c) => c / 64);
  return { ...sdxlUNet, block_out_channels, attention_head_dim };
}

async function forward(device: GpuDevice, unet: UNet2DConditionModel, side: number) {
  using _scope = device.scope();
  const { in_channels, cross_attention_dim: width } = unet.config;
  const [z, hidden, pooled] = Key.from(2).split(3);
  if (!z || !hidden || !pooled) throw new UsageError("Three keys are needed.");
  const size = 8 * side;
  const condition = {
    hidden: randomNormal(device, hidden, [1, TOKENS, width]),
    mask: zeros(device, [1, TOKENS]),
    pooled: randomNormal(device, pooled, [1, 1280]),
    time_ids: tensor(device, [size, size, 0, 0, size, size], [1, 6]),
  };
  const sample = randomNormal(device, z, [1, in_channels, side, side]);
  const y = unet.forward(sample, tensor(device, [TIMESTEP]), condition);
  return y.data();
}

function report(profile: Profile, values: ArrayLike<number>, kernels: boolean): void {
  const list = Array.from(values);
  const rms = Math.sqrt(list.reduce((sum, v) => sum + v * v, 0) / list.length);
  if (!list.every(Number.isFinite)) throw new HitofudeError("The result holds NaN or infinity.");
  const flop = profile.rows.reduce((sum, row) => sum + (row.flop ?? 0), 0);
  const seconds = profile.wallMs / 1000;
  console.log(`forward      ${seconds.toFixed(1)} s, of which kernels ${sec(profile.totalMs)} s`);
  console.log(`operations   ${(flop / 1e12).toFixed(3)} TFLOP in products and convolutions`);
  console.log(`speed        ${(flop / seconds / 1e9).toFixed(1)} GFLOP/s`);
  console.log(`peak tensors ${(profile.peakBytes / GB).toFixed(2)} GB`);
  const rss = process.resourceUsage().maxRSS * 1024;
  console.log(
    `peak process ${(rss / GB).toFixed(2)} GB (with a software adapter: its tensors too)`,
  );
  console.log(`result       ${list.length} numbers, root mean square ${rms.toPrecision(4)}`);
  if (kernels) console.log(profile.table);
}

const sec = (ms: number): string => (ms / 1000).toFixed(1);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const { dtype } = values;
  if (dtype !== "f16" && dtype !== "f32")
    throw new UsageError(`--dtype is ${dtype}, not f16 or f32.`);
  const side = whole("latents", values.latents);
  const config = configOf(whole("channels", values.channels));
  const memoryLimit = whole("memory", values.memory) * GB;
  const choice = values.adapter === undefined ? {} : { adapter: values.adapter };
  const { device, close } = await openNodeDevice({ ...choice, memoryLimit });
  try {
    const began = performance.now();
    const params = streamParams(device, randomWeights(Key.from(1)), { dtype, memoryLimit });
    const unet = new UNet2DConditionModel(params, config);
    const parameters = unet.parameters();
    console.log(`adapter      ${device.name}`);
    const count = parameterCount(parameters.values()).toLocaleString("en");
    console.log(`model        ${count} parameters in ${parameters.size} tensors, ${dtype}`);
    await params.finish();
    const { liveBytes, peakBytes } = device.stats;
    const size = `${(liveBytes / GB).toFixed(2)} GB, at most ${(peakBytes / GB).toFixed(2)} GB`;
    console.log(`weights      drawn in ${sec(performance.now() - began)} s: ${size}`);
    let result: ArrayLike<number> = [];
    const profile = await device.profile(async () => {
      result = await forward(device, unet, side);
    });
    report(profile, result, values.kernels);
    unet.dispose();
  } finally {
    close();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof HitofudeError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
