import fc from "fast-check";
import { expect, test } from "vitest";
import { grad, vjp } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { mul } from "../../src/ops/binary.js";
import { cast } from "../../src/ops/cast.js";
import { sum } from "../../src/ops/sum.js";
import { tensor } from "../../src/tensor/create.js";
import { DTYPES, type Dtype } from "../../src/tensor/dtype.js";
import { roundToHalf } from "../../src/tensor/half.js";
import { testDevice, testF16 } from "../device.js";
import { expectClose, opSuite } from "../op-suite.js";
import { integers, values } from "../random.js";

const device = testDevice();

opSuite("cast f32 → f32", {
  apply: ([x]) => mul(cast(x!, "f32"), 1),
  arbitrary: fc.nat({ max: 40 }).map((n) => ({ inputs: [{ shape: [n] }], attrs: {} })),
  runs: 5,
});

/** Floats at which conversions turn: ties, ends of ranges, subnormals of f16, infinity, NaN. */
const CORNERS = [
  0,
  -0,
  0.5,
  -0.5,
  1,
  -1,
  1.5,
  2.5,
  -2.5,
  0.999999,
  -0.999999,
  3e-8,
  -3e-8,
  2 ** -24,
  2 ** -25,
  1.5 * 2 ** -24,
  2.5 * 2 ** -24,
  2 ** -14,
  2 ** -14 - 2 ** -25,
  6.1e-5,
  1 + 2 ** -11,
  1 + 3 * 2 ** -11,
  2049,
  2051,
  65504,
  65519.996,
  65520,
  -65520,
  1e5,
  3e9,
  -3e9,
  2147483520,
  2147483648,
  -2147483648,
  -2147483904,
  4294967040,
  4294967296,
  3.4e38,
  -3.4e38,
  Infinity,
  -Infinity,
  Number.NaN,
];
const INTEGERS = [0, 1, -1, 2, 2048, 2049, 65519, 65520, -65520, 16777217, 2 ** 31 - 1, -(2 ** 31)];

/** Values of a type: its corners, and random ones. */
function samples(dtype: Dtype): number[] {
  if (dtype === "bool") return [0, 1, 1, 0, 1];
  if (dtype === "i32") return INTEGERS;
  if (dtype === "u32") return [...INTEGERS.map((v) => v >>> 0), ...integers(3, 30, 2 ** 32)];
  const floats = Array.from(Float32Array.of(...CORNERS, ...values(5, 200, -9, 9)));
  return dtype === "f32" ? floats : floats.map(roundToHalf);
}

async function convert(on: Device, from: Dtype, to: Dtype): Promise<number[]> {
  using _scope = on.scope();
  return [...(await cast(tensor(on, samples(from), undefined, { dtype: from }), to).data())];
}

const pairs = DTYPES.flatMap((from) => DTYPES.map((to) => [from, to] as const));

/** Every value and every bit of the sign, but for NaN. */
async function expectExact(on: Device, from: Dtype, to: Dtype): Promise<void> {
  const want = await convert(new ReferenceDevice(), from, to);
  expect(await convert(on, from, to), `${from} → ${to}`).toEqual(want);
}

const isHalf = ([from, to]: readonly [Dtype, Dtype]): boolean => from === "f16" || to === "f16";

test("the adapter gives the reference's values between all types but f16, corners included", async () => {
  for (const [from, to] of pairs.filter((pair) => !isHalf(pair))) {
    await expectExact(device(), from, to);
  }
});

testF16("the adapter gives the reference's values from and to f16", device, async (on) => {
  for (const [from, to] of pairs.filter(isHalf)) await expectExact(on, from, to);
});

test("what each conversion does with fractions, overflow, infinity and NaN", async () => {
  const ref = new ReferenceDevice();
  const x = tensor(ref, [1.9, -1.9, 3e9, -3e9, Infinity, -Infinity, Number.NaN, 0, 5e9]);
  const max = 2 ** 31 - 1;
  expect([...(await cast(x, "i32").data())]).toEqual([
    1,
    -1,
    max,
    -max - 1,
    max,
    -max - 1,
    0,
    0,
    max,
  ]);
  expect([...(await cast(x, "u32").data())]).toEqual([
    1,
    0,
    3e9,
    0,
    2 ** 32 - 1,
    0,
    0,
    0,
    2 ** 32 - 1,
  ]);
  expect([...(await cast(x, "bool").data())]).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 1]);
  const h = tensor(ref, [65519.996, 65520, -1e9, 2049, 2051, 2 ** -25, Number.NaN]);
  expect([...(await cast(h, "f16").data())]).toEqual([
    65504,
    Infinity,
    -Infinity,
    2048,
    2052,
    0,
    Number.NaN,
  ]);
  const i = cast(tensor(ref, Int32Array.of(-1)), "u32");
  expect([...(await i.data()), ...(await cast(i, "i32").data())]).toEqual([2 ** 32 - 1, -1]);
});

testF16("every half survives the way to f32 and back", device, async (on) => {
  const floats = Array.from({ length: 1 << 16 }, (_, bits) => halfOf(bits));
  const x = tensor(on, Float32Array.from(floats));
  const back = await cast(cast(x, "f16"), "f32").data();
  expect([...back]).toEqual(floats);
});

function halfOf(bits: number): number {
  const [exponent, fraction] = [(bits >>> 10) & 31, bits & 1023];
  const sign = bits >>> 15 ? -1 : 1;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return exponent
    ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
    : sign * fraction * 2 ** -24;
}

testF16("sizes 0 and 1, and more than 65 535 workgroups", device, async (on) => {
  for (const n of [0, 1, 2, 3, 5, 65_536 * 257]) {
    using _inner = on.scope();
    const x = tensor(on, new Float32Array(n).fill(1.5));
    const y = await cast(cast(x, "f16"), "i32").data();
    expect(y.length).toBe(n);
    expect(y.every((v) => v === 1)).toBe(true);
  }
});

test("the same type is the same tensor", () => {
  using x = tensor(device(), [1, 2]);
  expect(cast(x, "f32")).toBe(x);
});

testF16("derivatives pass through f16 in both directions", device, async (on) => {
  const x = tensor(on, [1, 2, 3, 4]);
  const [dx] = grad((t) => sum(mul(cast(cast(t, "f16"), "f32"), t)))(x);
  expect(dx?.dtype).toBe("f32");
  expectClose(await dx?.data(), [2, 4, 6, 8], 0, "gradient");
  const h = cast(x, "f16");
  const [dh] = vjp((t) => cast(t, "f32"), h).pullback(tensor(on, [1, 2, 0.1, 65520]));
  expect(dh?.dtype).toBe("f16");
  expect([...(await dh!.data())]).toEqual([1, 2, roundToHalf(0.1), Infinity]);
});

test("derivatives pass through f16 on the reference device, which always has it", () => {
  const x = tensor(new ReferenceDevice(), [1, 2, 3, 4]);
  const [dx] = grad((t) => sum(mul(cast(cast(t, "f16"), "f32"), t)))(x);
  expect([...dx!.reference.data]).toEqual([2, 4, 6, 8]);
});

test("no derivative flows through integers", async () => {
  using _scope = device().scope();
  const [dx] = grad((t) => sum(mul(cast(cast(t, "i32"), "f32"), t)))(tensor(device(), [1.5, 2.5]));
  expect([...(await dx!.data())]).toEqual([1, 2]);
});
