/**
 * Kernels that go through workgroup memory, tile by tile: products and convolutions against the
 * float64 reference, at sizes that are no multiple of any tile.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { vjp } from "../../src/autograd/grad.js";
import { choiceOf, type KernelsOption, TILE_NAMES } from "../../src/device/kernel-choice.js";
import { type NodeDevice, openNodeDevice } from "../../src/device/node-device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { cast } from "../../src/ops/cast.js";
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

const CASES: readonly Case[] = [
  product([3, 2], [2, 5]),
  product([2, 0], [0, 3]),
  product([131, 37], [37, 133]),
  product([132, 36], [36, 68]),
  product([2, 20, 70], [2, 20, 36], true),
  product([2, 36, 20], [2, 68, 20], false, true),
  product([20, 132], [36, 20], true, true),
  product([3, 33, 8], [8, 6]),
];

let opened: NodeDevice | undefined;
beforeAll(async () => {
  opened = await openNodeDevice();
});
afterEach(() => expect(opened?.device.stats.liveBuffers).toBe(0));
afterAll(() => opened?.close());

async function run(device: Device, { shapes, apply }: Case): Promise<Tensor[]> {
  const inputs = shapes.map((shape, i) => tensor(device, values(3 + i, sizeOf(shape)), shape));
  const { value, pullback } = vjp((...xs) => apply(xs), ...inputs);
  return [value, ...pullback(tensor(device, values(9, value.size), value.shape))];
}

const OPTIONS = TILE_NAMES.map((name): KernelsOption => `workgroup ${name}`);

describe.each(OPTIONS)("%s", (kernels) => {
  beforeAll(() => {
    if (opened) opened.device.choice = choiceOf(kernels);
  });

  test.each(CASES.map((c) => [c.name, c] as const))(
    "results and derivatives equal the float64 reference: %s",
    async (_, c) => {
      const { device } = opened!;
      using _scope = device.scope();
      const want = await run(new ReferenceDevice(), c);
      for (const [i, got] of (await run(device, c)).entries()) {
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
