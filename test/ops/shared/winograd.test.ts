/** Winograd's tiles against the float64 references, in all three directions, wherever they fit. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/device/rates.js";
import { ReferenceDevice } from "../../../src/device/reference.js";
import type { Device } from "../../../src/device/types.js";
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "../../../src/ops/conv2d.js";
import {
  type Conv2dGeometry,
  conv2dAttrs,
  conv2dGeometry,
} from "../../../src/ops/shared/conv2d-geometry.js";
import {
  bestWinograd,
  isWinograd,
  type Pads,
  type TileEdge,
  winogradForward,
  winogradWeightGrad,
} from "../../../src/ops/shared/winograd.js";
import { tensor } from "../../../src/tensor/create.js";
import { type Shape, sizeOf } from "../../../src/tensor/shape.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { testDevice } from "../../device.js";
import { expectClose } from "../../op-suite.js";
import { values } from "../../random.js";

const device = testDevice();
/** A device on which every other way looks slow. */
const WINOGRAD = { ...DEFAULT_RATES, directGflops: 1e-12 };

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

interface Given {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly dy: Tensor;
}

function given(on: Device, { n, c, o, h, w, padding }: Sizes): Given {
  const make = (seed: number, shape: Shape): Tensor =>
    tensor(on, values(seed, sizeOf(shape), -1, 1), shape);
  return {
    x: make(1, [n, c, h, w]),
    weight: make(2, [o, c, 3, 3]),
    bias: make(3, [o]),
    dy: make(4, [n, o, h + 2 * padding - 2, w + 2 * padding - 2]),
  };
}

/** y with a bias, dx and dw, however the device does them. */
function directions({ x, weight, bias, dy }: Given, padding: number): Tensor[] {
  return [
    conv2d(x, weight, { bias, padding }),
    conv2dInputGrad(dy, weight, x.shape, { padding }),
    conv2dWeightGrad(x, dy, weight.shape, { padding }),
  ];
}

/** The same by tiles of this edge. */
function byTiles({ x, weight, bias, dy }: Given, padding: number, edge: TileEdge): Tensor[] {
  const g = conv2dGeometry("test", x.shape, weight.shape, conv2dAttrs({ padding }));
  const turned = { ...g, C: g.O, O: g.C, H: g.OH, W: g.OW, OH: g.H, OW: g.W };
  const like = ({ shape }: Tensor) => Tensor.allocate(device(), { shape, dtype: "f32" }, "test");
  const [y, dx, dw] = [like(dy), like(x), like(weight)];
  const pads = (by: number): Pads => ({ pad_y: by, pad_x: by });
  const straight = { w_base: 0, w_out: 9 * g.C, w_in: 9, w_y: 3, w_x: 1 };
  const back = { w_base: 8, w_out: 9, w_in: 9 * g.C, w_y: -3, w_x: -1 };
  winogradForward(g, pads(padding), straight, [x, weight, bias, y], edge);
  winogradForward(turned, pads(2 - padding), back, [dy, weight, undefined, dx], edge);
  winogradWeightGrad(g, [x, dy, dw], edge);
  return [y, dx, dw];
}

const NAMES = ["y", "dx", "dw"];

async function expectSame(sizes: Sizes, edge: TileEdge): Promise<void> {
  using _scope = device().scope();
  const reference = new ReferenceDevice();
  using _other = reference.scope();
  const got = byTiles(given(device(), sizes), sizes.padding, edge);
  const want = directions(given(reference, sizes), sizes.padding);
  for (const [i, what] of NAMES.entries()) {
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

describe.each<TileEdge>([2, 4])("tiles of %i", (edge) => {
  test("random pictures, channels and paddings", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, (s) => expectSame(s, edge)),
      { numRuns: 30 },
    );
  });

  test.each<Sizes>([
    { n: 1, c: 1, o: 1, h: 1, w: 1, padding: 1 },
    { n: 2, c: 33, o: 35, h: 5, w: 7, padding: 1 },
    { n: 3, c: 36, o: 4, h: 7, w: 8, padding: 1 },
    { n: 1, c: 4, o: 36, h: 1, w: 24, padding: 1 },
    { n: 2, c: 3, o: 5, h: 6, w: 12, padding: 1 },
  ])("edge case %o", (s) => expectSame(s, edge));

  test("in several parts give what the other kernels give", async () => {
    const many = { n: 3, c: 64, o: 16, h: 80, w: 80, padding: 1 };
    using _scope = device().scope();
    const all = given(device(), many);
    const before = device().stats.dispatches;
    const got = byTiles(all, 1, edge);
    // Twice four launches and four more of a single part.
    expect(device().stats.dispatches - before).toBeGreaterThan(12);
    device().rates = { ...DEFAULT_RATES, directGflops: 1e12 };
    const want = directions(all, 1);
    for (const [i, tolerance] of [5e-5, 2e-5, 4e-4].entries()) {
      expectClose(await got[i]!.data(), await want[i]!.data(), tolerance, NAMES[i]!);
    }
  });
});

test("convolutions take them where the rates say so", async () => {
  using _scope = device().scope();
  const many = { n: 2, c: 5, o: 6, h: 12, w: 16, padding: 1 };
  const all = given(device(), many);
  const launches = (): number => {
    const before = device().stats.dispatches;
    directions(all, 1);
    return device().stats.dispatches - before;
  };
  expect(launches()).toBe(12);
  device().rates = { ...DEFAULT_RATES, directGflops: 1e12 };
  expect(launches()).toBeLessThan(12);
  await device().synchronize();
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
  const [few, many] = [peak(8), peak(32)];
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
      return flop / (1e9 * DEFAULT_RATES.directGflops) / bestWinograd(g, DEFAULT_RATES).seconds;
    };
    expect(gain({ batch: 8 })).toBeGreaterThan(2);
    expect(gain({ C: 320, O: 320, H: 64, W: 64, OH: 64, OW: 64 })).toBeGreaterThan(2.5);
    expect(gain({ C: 3 })).toBeLessThan(1);
    expect(gain({ H: 4, W: 4, OH: 4, OW: 4 })).toBeLessThan(1);
  });

  test("takes large tiles, and small ones where few would be left of them", () => {
    const edge = (given: Partial<Conv2dGeometry>): TileEdge =>
      bestWinograd(geometry(given), DEFAULT_RATES).edge;
    expect(edge({})).toBe(4);
    expect(edge({ batch: 32, H: 8, W: 8, OH: 8, OW: 8 })).toBe(4);
    expect(edge({ H: 8, W: 8, OH: 8, OW: 8 })).toBe(2);
    expect(edge({ batch: 64, H: 2, W: 2, OH: 2, OW: 2 })).toBe(2);
  });
});
