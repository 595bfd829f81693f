/** Winograd's tiles against the float64 references, in all three directions, wherever they fit. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/device/rates.js";
import { ReferenceDevice } from "../../../src/device/reference.js";
import type { Device } from "../../../src/device/types.js";
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "../../../src/ops/conv2d.js";
import type { Conv2dGeometry } from "../../../src/ops/shared/conv2d-geometry.js";
import { isWinograd, winogradSeconds } from "../../../src/ops/shared/winograd.js";
import { tensor } from "../../../src/tensor/create.js";
import { type Shape, sizeOf } from "../../../src/tensor/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { testDevice } from "../../device.js";
import { expectClose } from "../../op-suite.js";
import { values } from "../../random.js";

const device = testDevice();
/** A device on which every other way looks slow. */
const WINOGRAD = { ...DEFAULT_RATES, directGflops: 1e-12 };
const DIRECT = { ...DEFAULT_RATES, directGflops: 1e12 };

beforeEach(() => {
  device().rates = WINOGRAD;
});

interface Sizes {
  readonly n: number;
  readonly c: number;
  readonly o: number;
  readonly h: number;
  readonly w: number;
  readonly padding: number;
}

/** y with a bias, dx and dw. */
function directions(on: Device, { n, c, o, h, w, padding }: Sizes): Tensor[] {
  const make = (seed: number, shape: Shape): Tensor =>
    tensor(on, values(seed, sizeOf(shape), -1, 1), shape);
  const x = make(1, [n, c, h, w]);
  const weight = make(2, [o, c, 3, 3]);
  const y = conv2d(x, weight, { bias: make(3, [o]), padding });
  const dy = make(4, y.shape);
  return [
    y,
    conv2dInputGrad(dy, weight, x.shape, { padding }),
    conv2dWeightGrad(x, dy, weight.shape, { padding }),
  ];
}

async function expectSame(sizes: Sizes): Promise<void> {
  using _scope = device().scope();
  const reference = new ReferenceDevice();
  using _other = reference.scope();
  const before = device().stats.dispatches;
  const got = directions(device(), sizes);
  // Four launches for each direction; the other kernels take one or two.
  expect(device().stats.dispatches - before).toBeGreaterThanOrEqual(12);
  const want = directions(reference, sizes);
  for (const [i, what] of ["y", "dx", "dw"].entries()) {
    expectClose(await got[i]!.data(), want[i]!.reference.data, 3e-5, what);
  }
}

const length = fc.oneof(fc.integer({ min: 3, max: 9 }), fc.constantFrom(8, 16));
const sizes: fc.Arbitrary<Sizes> = fc.record({
  n: fc.integer({ min: 1, max: 3 }),
  c: fc.integer({ min: 1, max: 6 }),
  o: fc.integer({ min: 1, max: 6 }),
  h: length,
  w: length,
  padding: fc.constantFrom(0, 1, 1, 1, 2, 3),
});

test("random pictures, channels and paddings", async () => {
  await fc.assert(fc.asyncProperty(sizes, expectSame), { numRuns: 30 });
});

test.each<Sizes>([
  { n: 1, c: 1, o: 1, h: 1, w: 1, padding: 1 },
  { n: 2, c: 33, o: 35, h: 5, w: 7, padding: 1 },
  { n: 3, c: 36, o: 4, h: 7, w: 8, padding: 1 },
  { n: 1, c: 4, o: 36, h: 1, w: 24, padding: 1 },
])("edge %o", expectSame);

test("tiles in several parts give what the other kernels give", async () => {
  const many = { n: 3, c: 64, o: 16, h: 48, w: 48, padding: 1 };
  using _scope = device().scope();
  const got = directions(device(), many);
  device().rates = DIRECT;
  const want = directions(device(), many);
  for (const [i, tolerance] of [2e-5, 2e-5, 2e-4].entries()) {
    expectClose(await got[i]!.data(), await want[i]!.data(), tolerance, String(i));
  }
});

test("its memory is bounded, however many pictures there are", async () => {
  const peak = (n: number): number => {
    using _scope = device().scope();
    const x = tensor(device(), new Float32Array(n * 16 * 64 * 64), [n, 16, 64, 64]);
    const w = tensor(device(), values(1, 16 * 16 * 9), [16, 16, 3, 3]);
    device().resetPeak();
    const before = device().stats.liveBytes;
    const y = conv2d(x, w, { padding: 1 });
    return device().stats.peakBytes - before - 4 * y.size;
  };
  const [few, many] = [peak(4), peak(16)];
  expect(few).toBeGreaterThan(0);
  expect(many).toBeLessThan(1.1 * few);
  await device().synchronize();
});

describe("the choice", () => {
  const geometry = (given: Partial<Conv2dGeometry>): Conv2dGeometry => ({
    ...{ batch: 1, C: 64, O: 64, H: 32, W: 32, OH: 32, OW: 32, KH: 3, KW: 3 },
    ...{ stride: 1, padding: 1, groups: 1, dilation: 1 },
    ...given,
  });

  test("is open for three by three taps at stride 1 alone", () => {
    expect(isWinograd(geometry({}))).toBe(true);
    for (const other of [{ stride: 2 }, { dilation: 2 }, { groups: 2 }, { KW: 1 }, { batch: 0 }]) {
      expect(isWinograd(geometry(other))).toBe(false);
    }
  });

  test("takes it for wide layers, and not for few channels or few pixels", () => {
    const gain = (given: Partial<Conv2dGeometry>): number => {
      const g = geometry(given);
      const flop = 18 * g.batch * g.C * g.O * g.OH * g.OW;
      return flop / (1e9 * DEFAULT_RATES.directGflops) / winogradSeconds(g, DEFAULT_RATES);
    };
    expect(gain({ batch: 8 })).toBeGreaterThan(1.2);
    expect(gain({ C: 320, O: 320, H: 64, W: 64, OH: 64, OW: 64 })).toBeGreaterThan(1.7);
    expect(gain({ C: 3 })).toBeLessThan(1);
    expect(gain({ H: 4, W: 4, OH: 4, OW: 4 })).toBeLessThan(1);
  });
});
