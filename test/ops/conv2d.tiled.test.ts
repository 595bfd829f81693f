/** The kernels for adapters without subgroups, which no suite reaches where the adapter has them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { vjp } from "../../src/autograd/grad.js";
import { type NodeDevice, openNodeDevice } from "../../src/device/node-device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { blockwise } from "../../src/ops/attention-blocks.js";
import { conv2d } from "../../src/ops/conv2d.js";
import { matmul } from "../../src/ops/matmul.js";
import { tensor } from "../../src/tensor/create.js";
import { type Shape, sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

interface Case {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly apply: (inputs: Tensor[]) => Tensor;
}

const convolution = (
  x: Shape,
  w: Shape,
  stride: number,
  padding: number,
  groups = 1,
  dilation = 1,
): Case => ({
  name: `conv2d [${x}] [${w}] stride ${stride} padding ${padding} groups ${groups} dilation ${dilation}`,
  shapes: [x, w, [w[0] ?? 0]],
  apply: ([x, w, bias]) => conv2d(x!, w!, { bias, stride, padding, groups, dilation }),
});

const product = (a: Shape, b: Shape, transposeA: boolean, transposeB: boolean): Case => ({
  name: `matmul [${a}] [${b}] transposed ${transposeA} ${transposeB}`,
  shapes: [a, b],
  apply: ([a, b]) => matmul(a!, b!, { transposeA, transposeB }),
});

const attend = (t: number, s: number, c: number, heads: number, causal: boolean): Case => ({
  name: `attention by blocks of ${t} queries, ${s} keys, ${heads} heads, causal ${causal}`,
  shapes: [
    [2, t, c],
    [2, s, c],
    [2, s, c],
  ],
  apply: ([q, k, v]) => blockwise({ q: q!, k: k!, v: v! }, { heads, causal, queries: 16 }),
});

const cases: readonly Case[] = [
  attend(9, 33, 10, 2, false),
  attend(35, 35, 8, 1, true),
  convolution([3, 5, 6, 5], [17, 5, 3, 3], 1, 1),
  convolution([2, 6, 7, 8], [18, 3, 3, 3], 2, 1, 2),
  convolution([2, 9, 5, 5], [8, 9, 1, 1], 1, 0),
  convolution([1, 3, 11, 9], [2, 3, 5, 2], 3, 2),
  convolution([9, 2, 4, 4], [3, 2, 3, 3], 1, 0),
  convolution([2, 3, 6, 9], [17, 3, 3, 3], 1, 2, 1, 2),
  convolution([2, 4, 9, 8], [6, 2, 3, 3], 2, 2, 2, 2),
  convolution([1, 3, 13, 11], [2, 3, 3, 2], 6, 3, 1, 4),
  // More channels than a tile of the input gradient has, and taps for all four of a thread.
  convolution([1, 12, 7, 6], [3, 12, 3, 3], 2, 1),
  product([17, 5], [5, 130], false, false),
  product([3, 5, 9], [3, 33, 5], true, true),
  product([2, 64, 32], [64, 32], false, true),
];

async function run(device: Device, { shapes, apply }: Case): Promise<Tensor[]> {
  const inputs = shapes.map((shape, i) => tensor(device, values(3 + i, sizeOf(shape)), shape));
  const { value, pullback } = vjp((...xs) => apply(xs), ...inputs);
  return [value, ...pullback(tensor(device, values(9, value.size), value.shape))];
}

let opened: NodeDevice | undefined;
beforeAll(async () => {
  opened = await openNodeDevice({ subgroupSize: undefined });
});
afterAll(() => opened?.close());

test.each(cases.map((c) => [c.name, c] as const))(
  "without subgroups, results and derivatives equal the float64 reference: %s",
  async (_, c) => {
    const { device } = opened!;
    {
      using _scope = device.scope();
      const want = await run(new ReferenceDevice(), c);
      for (const [i, got] of (await run(device, c)).entries()) {
        const reference = want[i]?.reference.data ?? [];
        expectClose(await got.data(), reference, 1e-4, `${c.name}, result ${i}`);
      }
    }
    expect(device.stats.liveBuffers).toBe(0);
  },
);
