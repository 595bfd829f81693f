/**
 * The ladder of kernels on the adapter at hand, in one process and about a minute:
 *
 *     npx tsx scripts/gpu/bench.ts [--adapter hardware] [--rows words,…] [--small] [--json]
 *
 * One line per shape, one column per family and tile; in each the rate in GFLOP/s of the definition
 * by time stamps of the kernels, and behind the slash by the clock, when eight calls in a row are
 * replayed. Every result is compared with that of the tiled kernels; "!" marks a relative difference
 * above 1e-4.
 */
import { parseArgs } from "node:util";
import { choiceOf, KERNELS_OPTIONS, type KernelsOption } from "../../src/device/kernel-choice.js";
import {
  capture,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  DEFAULT_RATES,
  type GpuDevice,
  Key,
  matmul,
  measureCeilings,
  openNodeDevice,
  randomNormal,
  type Tensor,
} from "../../src/node.js";

interface Row {
  readonly name: string;
  readonly flop: number;
  readonly shapes: readonly (readonly number[])[];
  readonly run: (x: Tensor, y: Tensor) => Tensor;
  /** Whether Winograd's tiles are another way. */
  readonly winograd?: boolean;
}

const CALLS = 8;
const BUDGET_MS = 60;

function product(m: number, k: number, n: number, batch = 1, transposeB = false): Row {
  const lead = batch > 1 ? [batch] : [];
  return {
    name: `matmul ${batch > 1 ? `${batch}×` : ""}${m}×${k}×${n}${transposeB ? " a bᵀ" : ""}`,
    flop: 2 * batch * m * k * n,
    shapes: [
      [...lead, m, k],
      [...lead, ...(transposeB ? [n, k] : [k, n])],
    ],
    run: (x, y) => matmul(x, y, { transposeB }),
  };
}

function convolution(batch: number, c: number, size: number, taps: 1 | 3): Row[] {
  const x = [batch, c, size, size];
  const w = [c, c, taps, taps];
  const padding = (taps - 1) / 2;
  const name = `conv ${taps}×${taps} ${batch}×${c}×${size}²`;
  const flop = 2 * batch * c * c * taps ** 2 * size ** 2;
  const winograd = taps === 3;
  const row = (way: string, shapes: Row["shapes"], run: Row["run"]): Row => {
    return { name: `${name} ${way}`, flop, shapes, run, winograd };
  };
  return [
    row("forward", [x, w], (x, w) => conv2d(x, w, { padding })),
    row("dx", [x, w], (dy, w) => conv2dInputGrad(dy, w, x, { padding })),
    row("dw", [x, x], (x, dy) => conv2dWeightGrad(x, dy, w, { padding })),
  ];
}

const SMALL: readonly Row[] = [product(128, 128, 128), ...convolution(2, 16, 8, 3)];
const ROWS: readonly Row[] = [
  ...[256, 512, 1024, 2048, 4096].map((n) => product(n, n, n)),
  product(1024, 1024, 1024, 1, true),
  product(8192, 64, 64),
  product(64, 8192, 64),
  product(128, 128, 128, 32),
  product(1024, 64, 1024, 8, true),
  ...convolution(8, 64, 32, 3),
  ...convolution(8, 256, 8, 3),
  ...convolution(1, 320, 64, 3),
  ...convolution(8, 64, 32, 1).slice(0, 1),
];

interface Cell {
  readonly kernels: KernelsOption;
  readonly winograd: boolean;
  readonly kernelGflops: number;
  readonly wallGflops: number;
  readonly difference: number;
}

/** Rates by kernel time and by the clock, and the result's first values. */
async function measure(device: GpuDevice, row: Row, inputs: readonly [Tensor, Tensor]) {
  using _scope = device.scope();
  const step = capture(device, () => {
    let last = row.run(...inputs);
    for (let i = 1; i < CALLS; i++) last = row.run(...inputs);
    return last;
  });
  const values = await step.run({}).data();
  let best = Number.POSITIVE_INFINITY;
  for (const end = performance.now() + BUDGET_MS; performance.now() < end; ) {
    const began = performance.now();
    for (let i = 0; i < 4; i++) step.run({});
    await device.synchronize();
    best = Math.min(best, performance.now() - began);
  }
  const { totalMs } = await device.profile(() => void row.run(...inputs).dispose());
  const rate = (ms: number): number => row.flop / ms / 1e6;
  return { values, kernelGflops: rate(totalMs), wallGflops: rate(best / CALLS / 4) };
}

function differenceOf(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let [worst, largest] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    const w = want[i] ?? 0;
    worst = Math.max(worst, Math.abs((got[i] ?? Number.NaN) - w));
    largest = Math.max(largest, Math.abs(w));
  }
  return worst / largest;
}

async function measureRow(device: GpuDevice, row: Row, options: readonly KernelsOption[]) {
  using _scope = device.scope();
  const [x, y] = row.shapes.map((shape, i) => randomNormal(device, Key.from(i), shape));
  if (!x || !y) return [];
  const cells: Cell[] = [];
  let want: ArrayLike<number> | undefined;
  for (const winograd of row.winograd ? [false, true] : [false]) {
    device.rates = { ...DEFAULT_RATES, directGflops: winograd ? 1e-12 : 1e12 };
    for (const kernels of options) {
      device.choice = choiceOf(kernels, device.subgroupSize);
      const { values, ...rates } = await measure(device, row, [x, y]);
      want ??= values;
      cells.push({ kernels, winograd, ...rates, difference: differenceOf(values, want) });
    }
  }
  return cells;
}

const show = ({ kernels, winograd, kernelGflops, wallGflops, difference }: Cell): string => {
  const bad = difference < 1e-4 ? "" : ` ! ${difference.toExponential(1)}`;
  const rates = `${kernelGflops.toFixed(1)} / ${wallGflops.toFixed(1)}`;
  return `  ${`${kernels}${winograd ? " + Winograd" : ""}`.padEnd(30)} ${rates}${bad}`;
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      adapter: { type: "string" },
      rows: { type: "string", default: "" },
      small: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const opened = await openNodeDevice(values.adapter ? { adapter: values.adapter } : {});
  const { device } = opened;
  const ceilings = await measureCeilings(device);
  console.log(`${device.name}: subgroups of ${device.subgroupSize ?? "no one size"}`);
  console.log(`ceilings: ${ceilings.gflops.toFixed(0)} GFLOP/s, ${ceilings.gbs.toFixed(0)} GB/s`);
  console.log("GFLOP/s by kernel time / by the clock");
  // "fast" and "naive" stand aside: the first is one of the others.
  const options = KERNELS_OPTIONS.slice(2);
  const words = values.rows.split(",");
  for (const row of values.small ? SMALL : ROWS) {
    if (!words.some((word) => row.name.includes(word))) continue;
    const cells = await measureRow(device, row, options);
    console.log(values.json ? JSON.stringify({ row: row.name, cells }) : row.name);
    if (!values.json) for (const cell of cells) console.log(show(cell));
    device.trim();
  }
  opened.close();
}

await main();
