/** Products at random strides: every variant against loops in float64. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GpuDevice } from "../../../src/device/device.js";
import { product, type Strides } from "../../../src/ops/shared/product.js";
import { tensor } from "../../../src/tensor/create.js";
import { testDevice, withKernels } from "../../device.js";
import { expectClose } from "../../op-suite.js";
import { values } from "../../random.js";

interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** How a matrix lies in memory. */
interface Layout {
  readonly transposed: boolean;
  /** Elements before the first one, and between rows. */
  readonly start: number;
  readonly gap: number;
}

/** Strides of [batch, heads, rows, cols], and how many elements they span. */
function place(
  { batch, heads }: Sizes,
  [rows, cols]: readonly [number, number],
  { transposed, start, gap }: Layout,
) {
  const [long, short] = transposed ? [cols, rows] : [rows, cols];
  const line = short + gap;
  const head = long * line;
  const strides = {
    start,
    batch: heads * head,
    head,
    row: transposed ? 1 : line,
    col: transposed ? line : 1,
  };
  return { strides, span: start + batch * heads * head };
}

const at = (s: Required<Strides>, n: number, h: number, i: number, j: number): number =>
  s.start + n * s.batch + h * s.head + i * s.row + j * s.col;

const layout: fc.Arbitrary<Layout> = fc.record({
  transposed: fc.boolean(),
  start: fc.constantFrom(0, 3, 4, 8),
  gap: fc.constantFrom(0, 0, 1, 4),
});
const length = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(4, 8, 32, 36, 64, 132));
const cases = fc.record({
  sizes: fc.record({
    batch: fc.integer({ min: 1, max: 2 }),
    heads: fc.integer({ min: 1, max: 2 }),
    M: length,
    N: length,
    K: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(0, 4, 16, 40)),
  }),
  a: layout,
  b: layout,
  c: layout,
  scale: fc.constantFrom(1, -0.5),
  add: fc.boolean(),
  of: fc.constantFrom(undefined, undefined, "rows" as const, "columns" as const),
  seed: fc.nat(1000),
});
type Given = typeof cases extends fc.Arbitrary<infer T> ? T : never;
type Case = Omit<Given, "scale"> & { readonly scale: number };

/** What the kernels made of c, and what loops make of it. */
function bothWays(device: GpuDevice, { sizes, scale, add, of, seed, ...layouts }: Case) {
  const { batch, heads, M, N, K } = sizes;
  const a = place(sizes, [M, K], layouts.a);
  const b = place(sizes, [K, N], layouts.b);
  const c = place(sizes, [M, N], layouts.c);
  const [x, y, z] = [a, b, c].map(({ span }, i) => values(seed + i, span)) as Float32Array[];
  const shift = values(seed + 3, of === "rows" ? M : N);
  const on = (data: Float32Array) => tensor(device, data, [data.length]);
  const out = on(z!);
  const bias = of && { of, x: on(shift) };
  product([on(x!), a.strides], [on(y!), b.strides], [out, c.strides], sizes, { scale, add, bias });
  const want = Float64Array.from(z!);
  for (let n = 0; n < batch; n++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < M; i++)
        for (let j = 0; j < N; j++) {
          let sum = 0;
          for (let k = 0; k < K; k++)
            sum += x![at(a.strides, n, h, i, k)]! * y![at(b.strides, n, h, k, j)]!;
          const to = at(c.strides, n, h, i, j);
          const given = (add ? want[to]! : 0) + (of ? shift[of === "rows" ? i : j]! : 0);
          want[to] = scale * sum + given;
        }
  return { out, want };
}

describe.each(["fast", "wide", "naive"] as const)("%s kernels", (kernels) => {
  const device = testDevice(withKernels(kernels));

  test("c = scale a b + bias, or added to c; what lies between rows stays as it was", async () => {
    const property = fc.asyncProperty(cases, async (given) => {
      using _scope = device().scope();
      const { out, want } = bothWays(device(), given);
      expectClose(await out.data(), want, 2e-5, "c");
    });
    await fc.assert(property, { numRuns: 80 });
    expect(device().stats.pipelines).toBeGreaterThan(0);
  });

  // Products as long as these take other tiles; none of their sizes fills them.
  test.each([
    [201, 212, 200, false, false],
    [201, 212, 200, true, false],
    [204, 209, 200, false, true],
    [204, 207, 208, true, true],
    [203, 212, 204, false, false],
  ] as const)(
    "a long product of %i × %i × %i, a turned: %s, b turned: %s",
    async (M, N, K, aT, bT) => {
      using _scope = device().scope();
      const layout = { start: 0, gap: 0 };
      const { out, want } = bothWays(device(), {
        sizes: { batch: 1, heads: 1, M, N, K },
        a: { ...layout, transposed: aT },
        b: { ...layout, transposed: bT },
        c: { ...layout, transposed: false },
        ...{ scale: 0.5, add: false, of: "columns", seed: 7 },
      });
      expectClose(await out.data(), want, 5e-5, "c");
    },
  );
});
