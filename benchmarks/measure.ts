/** Checks a row, then times it: rounds of fast and naive kernels in turn, on the same adapter. */
import { Bench } from "tinybench";
import { type GpuDevice, ReferenceDevice } from "../src/node.js";
import type { Row } from "./rows.js";

export interface Timing {
  /** Milliseconds of one call. */
  readonly median: number;
  /** Half the distance between the quartiles, as a part of the median. */
  readonly spread: number;
  readonly samples: number;
}

export interface Measured {
  readonly name: string;
  readonly fast: Timing;
  readonly naive?: Timing;
  readonly gflops?: number;
  /** naive / fast */
  readonly ratio?: number;
  /** Largest error of the small check, relative to 1 + |reference|. */
  readonly error: number;
}

export interface Effort {
  readonly quick: boolean;
  readonly rounds: number;
  /** A sample takes at least so many milliseconds, by calling the row several times. */
  readonly sampleMs: number;
}

const TOLERANCE = 1e-4;

/** Runs the row small on the device and by its references. @throws Error when they differ. */
export async function checkRow(row: Row, device: GpuDevice): Promise<number> {
  using _scope = device.scope();
  const got = row.build(device, true)();
  const host = new ReferenceDevice();
  using _host = host.scope();
  const want = row.build(host, true)();
  let worst = 0;
  for (const [i, x] of got.entries()) {
    const reference = want[i]?.reference.data ?? new Float64Array();
    (await x.data()).forEach((v, j) => {
      const target = reference[j] ?? Number.NaN;
      const error = Math.abs(v - target) / (1 + Math.abs(target));
      if (!(error <= worst)) worst = error;
    });
  }
  if (worst <= TOLERANCE) return worst;
  throw new Error(`${row.name}: differs from the float64 reference by ${worst}. It is not timed.`);
}

export async function measureRow(
  row: Row,
  devices: { readonly fast: GpuDevice; readonly naive: GpuDevice },
  effort: Effort,
): Promise<Measured> {
  const error = await checkRow(row, devices.fast);
  const slow = row.naive === "always" || (row.naive === "not quick" && !effort.quick);
  if (slow) await checkRow(row, devices.naive);
  const contestants = slow ? ([devices.fast, devices.naive] as const) : [devices.fast];
  const scopes = contestants.map((device) => device.scope());
  try {
    const calls = contestants.map((device) => caller(row, device));
    const repeats: number[] = [];
    for (const call of calls) repeats.push(await calibrate(call, effort.sampleMs));
    const samples = calls.map((): number[] => []);
    for (let round = 0; round < effort.rounds; round++) {
      for (const [i, call] of calls.entries()) {
        const n = repeats[i] ?? 1;
        samples[i]?.push((await sample(call, n)) / n);
      }
    }
    const [fast, naive] = samples.map(summarise);
    if (!fast) throw new Error(`${row.name}: nothing was measured.`);
    return {
      name: row.name,
      error,
      fast,
      ...(naive && { naive, ratio: naive.median / fast.median }),
      ...(row.flops !== undefined && { gflops: row.flops / fast.median / 1e6 }),
    };
  } finally {
    for (const scope of scopes) scope.end();
    for (const device of contestants) device.trim();
  }
}

type Call = (times: number) => Promise<void>;

/** Calls the row, frees what it made, and waits for the adapter once. */
function caller(row: Row, device: GpuDevice): Call {
  const run = row.build(device, false);
  return async (times) => {
    for (let i = 0; i < times; i++) {
      using _scope = device.scope();
      run();
    }
    await device.synchronize();
  };
}

/** Milliseconds of one sample, by tinybench's clock. */
async function sample(call: Call, times: number): Promise<number> {
  const options = { iterations: 1, time: 0, warmup: false, retainSamples: true };
  const bench = new Bench(options).add("sample", () => call(times));
  const [task] = await bench.run();
  const result = task?.result;
  if (result?.state !== "completed")
    throw new Error(`the benchmark ${result?.state ?? "vanished"}`);
  return result.latency.p50;
}

/** How many calls fill a sample. The first call compiles and is thrown away. */
async function calibrate(call: Call, sampleMs: number): Promise<number> {
  await call(1);
  const once = await sample(call, 1);
  return Math.min(200, Math.max(1, Math.round(sampleMs / once)));
}

function summarise(samples: readonly number[]): Timing {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (q: number): number => {
    const position = q * (sorted.length - 1);
    const low = sorted[Math.floor(position)] ?? 0;
    const high = sorted[Math.ceil(position)] ?? low;
    return low + (high - low) * (position - Math.floor(position));
  };
  const median = at(0.5);
  return { median, spread: (at(0.75) - at(0.25)) / 2 / median, samples: samples.length };
}
