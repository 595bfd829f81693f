/**
 * Kernels that go through workgroup memory, tile by tile: products and convolutions against the
 * float64 reference, at sizes that are no multiple of any tile.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { vjp } from "../../src/autograd/grad.js";
import { choiceOf, type KernelsOption, TILE_NAMES } from "../../src/device/kernel-choice.js";
import { type NodeDevice, openNodeDevice } from "../../src/device/node-device.js";
import { DEFAULT_RATES } from "../../src/device/rates.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { cast } from "../../src/ops/cast.js";
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

const product = (a: Shape, b: Shape, transposeA = false, transposeB = false): Case => ({
  name: `matmul [${a}]${transposeA ? "ᵀ" : ""} [${b}]${transposeB ? "ᵀ" : ""}`,
  shapes: [a, b],
  apply: ([a, b]) => matmul(a!, b!, { transposeA, transposeB }),
});

const convolution = (x: Shape, w: Shape, stride: number, padding: number, groups = 1): Case => ({
  name: `conv2d [${x}] [${w}] stride ${stride} padding ${padding} groups ${groups}`,
  shapes: [x, w, [w[0] ?? 0]],
  apply: ([x, w, bias]) => conv2d(x!, w!, { bias, stride, padding, groups }),
});

/** Sizes beyond a tile or two of the smaller ones: barriers are slow on software adapters. */
const CASES: readonly Case[] = [
  product([2, 0], [0, 3]),
  product([67, 37], [37, 35]),
  product([36, 20], [20, 132]),
  product([2, 20, 36], [2, 20, 8], true),
  product([2, 36, 20], [2, 8, 20], false, true),
  convolution([3, 5, 6, 5], [37, 5, 3, 3], 1, 1),
  convolution([2, 4, 7, 8], [6, 2, 3, 3], 2, 1, 2),
  convolution([2, 9, 5, 5], [8, 9, 1, 1], 1, 0),
  convolution([0, 2, 4, 4], [3, 2, 3, 3], 1, 1),
];

/** Every way to load operands with one tile; every tile with one product and one convolution. */
const casesOf = (kernels: KernelsOption): readonly Case[] =>
  kernels === "workgroup 32x32" ? CASES : CASES.filter((c) => c === CASES[1] || c === CASES[5]);

let opened: NodeDevice | undefined;
beforeAll(async () => {
  opened = await openNodeDevice();
});
afterEach(() => expect(opened?.device.stats.liveBuffers).toBe(0));
afterAll(() => opened?.close());

/** With two tiles also the derivatives, which are the same kernels once more: they compile slowly. */
const withDerivatives = (kernels: KernelsOption): boolean =>
  kernels === "workgroup 32x32" || kernels === "workgroup 64x64";

async function run(device: Device, { shapes, apply }: Case, all: boolean): Promise<Tensor[]> {
  const inputs = shapes.map((shape, i) => tensor(device, values(3 + i, sizeOf(shape)), shape));
  if (!all) return [apply(inputs)];
  const { value, pullback } = vjp((...xs) => apply(xs), ...inputs);
  return [value, ...pullback(tensor(device, values(9, value.size), value.shape))];
}

const OPTIONS = TILE_NAMES.map((name): KernelsOption => `workgroup ${name}`);

describe.each(OPTIONS)("%s", (kernels) => {
  beforeAll(() => {
    if (!opened) return;
    opened.device.choice = choiceOf(kernels);
    opened.device.rates = { ...DEFAULT_RATES, directGflops: Number.MAX_VALUE };
  });

  test.each(casesOf(kernels).map((c) => [c.name, c] as const))(
    "results and derivatives equal the float64 reference: %s",
    async (_, c) => {
      const { device } = opened!;
      using _scope = device.scope();
      const all = withDerivatives(kernels);
      const want = await run(new ReferenceDevice(), c, all);
      for (const [i, got] of (await run(device, c, all)).entries()) {
        const reference = want[i]?.reference.data ?? [];
        expectClose(await got.data(), reference, 1e-4, `${c.name}, result ${i}`);
      }
    },
  );

  test("products of f16 are summed in f32", async ({ skip }) => {
    const { device } = opened!;
    skip(!device.f16, "the adapter has no shader-f16");
    using _scope = device.scope();
    for (const [M, K] of [
      [36, 40],
      [35, 39],
    ] as const) {
      const a = tensor(device, new Float32Array(M * K).fill(0.25), [M, K]);
      const b = tensor(device, new Float32Array(K * M).fill(1), [K, M]);
      const y = matmul(cast(a, "f16"), cast(b, "f16"));
      expect([...new Set(await y.data())]).toEqual([K / 4]);
    }
  });
});
