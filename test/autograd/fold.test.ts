/**
 * Every way that a reduction can take gives the same: by thread or by group, whole or in chunks,
 * one element or four at a time. Values are small integers, whose sums and products float32 holds
 * exactly in whatever order they are joined, so results must be equal.
 */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { sumTo } from "../../src/autograd/cotangent.js";
import type { GpuDevice } from "../../src/device/device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { max, mean, min, prod, type ReduceOptions, slice, sum } from "../../src/ops/index.js";
import { tensor } from "../../src/tensor/create.js";
import { reducedShape, sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice, testF16 } from "../device.js";
import { integers } from "../random.js";

const device = testDevice();

type Reduction = (x: Tensor, options: ReduceOptions) => Tensor;
interface Fold {
  readonly of: Reduction;
  /** The i-th element, out of a random integer from 0 to 6. */
  readonly draw: (r: number, i: number) => number;
}

const folds: Readonly<Record<string, Fold>> = {
  sum: { of: sum, draw: (r) => r - 3 },
  mean: { of: mean, draw: (r) => r - 3 },
  max: { of: max, draw: (r, i) => r - 3 - (i % 2 ? 100 : 0) },
  min: { of: min, draw: (r, i) => r - 3 + (i % 2 ? 100 : 0) },
  prod: { of: prod, draw: (r, i) => (r > 3 ? -1 : 1) * (i % 997 === 3 ? 2 : 1) },
};

const TERMS = { group: "fold.group.vec4", thread: "fold.thread.vec4" };
const COLUMNS = "fold.columns.vec4";

/** Shape, axes, and the kernels in their order: sizes at which GPUs and processors take the same. */
const ways: readonly (readonly [shape: number[], axes: number[], kernels: string[]])[] = [
  // Terms side by side.
  [[3, 1024], [1], [TERMS.group]],
  [[3, 1028], [1], [TERMS.group]],
  [[3, 1025], [1], ["fold.group"]],
  [[5, 8], [1], [TERMS.thread]],
  [[5, 9], [1], ["fold.thread"]],
  [[1025, 36], [1], [TERMS.thread]],
  [[1025, 37], [1], ["fold.thread"]],
  [[3, 40, 5, 28], [1, 3], [TERMS.group]],
  [[3, 40, 5, 29], [1, 3], ["fold.group"]],
  [[2, 9, 3, 30, 2, 4], [1, 3, 5], [TERMS.group]],
  [[40, 2, 3, 3, 13, 4], [1, 3, 5], [TERMS.thread]],
  // In three chunks, the last one short; their joins are no multiple of four.
  [[32_772], [0], [TERMS.group, "fold.thread"]],
  [[32_771], [0], ["fold.group", "fold.thread"]],
  [[5, 40_004], [1], [TERMS.group, "fold.thread"]],
  [[3, 81_924], [1], [TERMS.group, "fold.thread"]],
  // Outputs side by side: alone, in two, three, and an uneven number of chunks again and again.
  [[2, 4], [0], [COLUMNS]],
  [[64, 12], [0], [COLUMNS]],
  [[65, 12], [0], [COLUMNS, COLUMNS]],
  [[129, 4], [0], [COLUMNS, COLUMNS]],
  [[9_001, 4], [0], [COLUMNS, COLUMNS, COLUMNS]],
  [[1025, 13], [0], ["fold.group"]],
  [[7, 1028], [0], [COLUMNS]],
  [[7, 1029], [0], ["fold.thread"]],
  [[5, 7, 3, 8], [0, 2], [COLUMNS]],
  [[5, 70, 3, 8], [1], [COLUMNS, COLUMNS]],
  [
    [3, 2, 5, 3, 7, 4],
    [0, 2, 4],
    [COLUMNS, COLUMNS],
  ],
  [[70_001, 2], [0], ["fold.group", "fold.thread"]],
];

test.each(ways)("%j over axes %j, by %j", async (shape, axes, kernels) => {
  for (const [name, fold] of Object.entries(folds)) {
    expect(await launchedBy(() => equalsReference(device(), fold, shape, axes)), name).toEqual(
      kernels,
    );
  }
});

test("any shape, any axes", async () => {
  const size = fc.constantFrom(1, 2, 3, 4, 5, 8, 12, 31, 33, 64, 65);
  const shapes = fc
    .array(size, { minLength: 1, maxLength: 5 })
    .filter((shape) => sizeOf(shape) <= 20_000);
  const cases = shapes.chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axes: fc.subarray(shape.map((_, i) => i)),
      fold: fc.constantFrom(...Object.values(folds)),
    }),
  );
  await fc.assert(
    fc.asyncProperty(cases, ({ shape, axes, fold }) =>
      equalsReference(device(), fold, shape, axes),
    ),
    { numRuns: 120 },
  );
});

test("NaN in any lane, any chunk, spoils its own output alone", async () => {
  using _scope = device().scope();
  for (const [shape, axes] of [
    [[2, 260], [1]],
    [[2, 40_004], [1]],
    [[5, 8], [1]],
    [[133, 8], [0]],
  ] as const) {
    for (const at of [0, 1, 2, 3, 62, 131, 259].filter((i) => i < sizeOf(shape))) {
      const values = new Float32Array(sizeOf(shape)).fill(1);
      values[at] = Number.NaN;
      const hit = axes[0] === 0 ? at % shape[1] : Math.floor(at / shape[1]);
      for (const { of } of Object.values(folds)) {
        const got = await of(tensor(device(), values, shape), { axes }).data();
        expect([...got].map(Number.isNaN)).toEqual([...got].map((_, i) => i === hit));
      }
    }
  }
});

test("a view that begins within its storage", async () => {
  using _scope = device().scope();
  const x = tensor(
    device(),
    Float32Array.from({ length: 5 * 64 }, (_, i) => i),
    [5, 64],
  );
  const view = slice(x, { axis: 0, start: 2, end: 4 });
  expect(view.offset).toBe(128);
  expect([...(await sum(view, { axes: 1 }).data())]).toEqual([10208, 14304]);
  expect(await sum(view, { axes: 0 }).data()).toEqual(
    Float32Array.from({ length: 64 }, (_, i) => 320 + 2 * i),
  );
});

testF16("halves, in and out, and a sum of halves that stays f32", device, async (on) => {
  for (const [shape, axes] of ways) {
    const { of, draw } = folds.sum!;
    const values = drawn(shape, draw);
    const x = tensor(on, values, shape, { dtype: "f16" });
    const want = of(tensor(new ReferenceDevice(), values, shape), { axes });
    const exact = await want.data();
    // Integers up to 2048 are halves.
    expect(Math.max(...exact.map(Math.abs))).toBeLessThanOrEqual(2048);
    expect(await of(x, { axes }).data()).toEqual(exact);
    const kept = reducedShape(shape, axes, true);
    expect(await sumTo(x, kept, "f32").data()).toEqual(exact);
  }
});

function drawn(shape: readonly number[], draw: Fold["draw"]): Float32Array {
  return Float32Array.from(integers(sizeOf(shape), sizeOf(shape), 7), draw);
}

async function equalsReference(
  on: GpuDevice,
  { of, draw }: Fold,
  shape: readonly number[],
  axes: readonly number[],
): Promise<void> {
  using _scope = on.scope();
  const values = drawn(shape, draw);
  const got = of(tensor(on, values, shape), { axes });
  const want = of(tensor(new ReferenceDevice(), values, shape), { axes });
  expect(got.shape).toEqual(want.shape);
  const [a, b] = [await got.data(), await want.data()];
  // The number that a mean is multiplied with is rounded, and nothing else.
  const slack = of === mean ? 2 ** -22 : 0;
  for (const [i, v] of a.entries()) {
    if (v !== b[i]) expect(Math.abs(v - b[i]!)).toBeLessThanOrEqual(slack * Math.abs(b[i]!));
  }
}

/** The reductions that `run` launches, in their order. */
async function launchedBy(run: () => Promise<void>): Promise<string[]> {
  const launch = vi.spyOn(device(), "launch");
  try {
    await run();
    const names = launch.mock.calls.map(([{ label }]) => /^[\w.]+/.exec(label)?.[0] ?? label);
    return names.filter((name) => name.startsWith("fold."));
  } finally {
    launch.mockRestore();
  }
}
