/** Convolutions by single pixels as products, whatever they cost, against the float64 references. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../../src/device/reference.js";
import type { Device } from "../../../src/device/types.js";
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "../../../src/ops/conv2d.js";
import { conv2dGeometry } from "../../../src/ops/shared/conv2d-geometry.js";
import {
  isPointwise,
  pointwiseForward,
  pointwiseWeightGrad,
} from "../../../src/ops/shared/conv2d-pointwise.js";
import { full, tensor } from "../../../src/tensor/create.js";
import { type Shape, sizeOf } from "../../../src/tensor/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { testDevice, withKernels } from "../../device.js";
import { expectClose } from "../../op-suite.js";
import { values } from "../../random.js";

const device = testDevice(withKernels("wide"));
const ATTRS = { stride: 1, padding: 0, groups: 1, dilation: 1 };
const NEVER = 7;

interface Sizes {
  readonly n: number;
  readonly c: number;
  readonly o: number;
  readonly h: number;
  readonly w: number;
  readonly bias: boolean;
}

/** Operands of the three directions. */
function given(on: Device, { n, c, o, h, w, bias }: Sizes) {
  const make = (seed: number, shape: Shape): Tensor =>
    tensor(on, values(seed, sizeOf(shape)), shape);
  return {
    x: make(1, [n, c, h, w]),
    weight: make(2, [o, c, 1, 1]),
    bias: bias ? make(3, [o]) : undefined,
    dy: make(4, [n, o, h, w]),
  };
}

/** y, dx and dw by products that cost at most so much; and whether those were made. */
function byProducts(sizes: Sizes, most: number) {
  const { x, weight, bias, dy } = given(device(), sizes);
  const { c, o } = sizes;
  const g = conv2dGeometry("test", x.shape, weight.shape, ATTRS);
  const back = { ...g, C: o, O: c };
  const [y, dx, dw] = [dy.shape, x.shape, weight.shape].map((shape) =>
    full(device(), shape, NEVER),
  ) as [Tensor, Tensor, Tensor];
  const strides = { w_base: 0, w_y: 1, w_x: 1 };
  const made = [
    pointwiseForward(g, { ...strides, w_out: c, w_in: 1 }, [x, weight, bias, y], most),
    pointwiseForward(back, { ...strides, w_out: 1, w_in: c }, [dy, weight, undefined, dx], most),
    pointwiseWeightGrad(g, [x, dy, dw], most),
  ];
  return { made, got: [y, dx, dw] };
}

async function expectSame(sizes: Sizes): Promise<void> {
  using _scope = device().scope();
  const reference = new ReferenceDevice();
  using _other = reference.scope();
  const { made, got } = byProducts(sizes, Number.POSITIVE_INFINITY);
  expect(made).toEqual([true, true, true]);
  const { x, weight, bias, dy } = given(reference, sizes);
  const want = [
    conv2d(x, weight, { bias }),
    conv2dInputGrad(dy, weight, x.shape),
    conv2dWeightGrad(x, dy, weight.shape),
  ];
  for (const [i, what] of ["y", "dx", "dw"].entries()) {
    expectClose(await got[i]!.data(), want[i]!.reference.data, 2e-5, what);
  }
}

const sizes: fc.Arbitrary<Sizes> = fc.record({
  n: fc.integer({ min: 1, max: 4 }),
  c: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(16, 36)),
  o: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(20, 33)),
  h: fc.integer({ min: 1, max: 9 }),
  w: fc.integer({ min: 1, max: 9 }),
  bias: fc.boolean(),
});

test("random pictures and channels", async () => {
  await fc.assert(fc.asyncProperty(sizes, expectSame), { numRuns: 30 });
});

test("what costs too much is not written", async () => {
  using _scope = device().scope();
  const { made, got } = byProducts({ n: 2, c: 4, o: 4, h: 4, w: 4, bias: true }, 1);
  expect(made).toEqual([false, false, false]);
  for (const x of got) expect(new Set(await x.data())).toEqual(new Set([NEVER]));
});

describe("is open", () => {
  const geometry = (w: Shape, attrs: Partial<typeof ATTRS> = {}) =>
    conv2dGeometry("test", [1, 4, 8, 8], w, { ...ATTRS, ...attrs });
  const single = (attrs?: Partial<typeof ATTRS>) =>
    isPointwise(geometry([4, 4 / (attrs?.groups ?? 1), 1, 1], attrs), full(device(), [1], 0));

  test("to kernels that subgroups have", () => {
    using _scope = device().scope();
    expect(single()).toBe(device().choice.family === "subgroup");
  });

  test.each([{ stride: 2 }, { padding: 1 }, { groups: 2 }])("not with %o", (attrs) => {
    using _scope = device().scope();
    expect(single(attrs)).toBe(false);
  });

  test("not to what is over before its kernel is compiled", () => {
    using _scope = device().scope();
    const { rates } = device();
    device().rates = { ...rates, compileSeconds: 1e9 };
    expect(single()).toBe(false);
    device().rates = rates;
  });

  test("not to larger windows", () => {
    using _scope = device().scope();
    expect(isPointwise(geometry([4, 4, 1, 3]), full(device(), [1], 0))).toBe(false);
  });
});
