import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { GpuDevice } from "../../src/device/device.js";
import { openNodeAdapter } from "../../src/device/node-adapter.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { DtypeError, UsageError } from "../../src/errors.js";
import { add, mul } from "../../src/ops/binary.js";
import { cast } from "../../src/ops/cast.js";
import { concat } from "../../src/ops/concat.js";
import { cumsum } from "../../src/ops/cumsum.js";
import { permute } from "../../src/ops/permute.js";
import { reshape } from "../../src/ops/reshape.js";
import { slice } from "../../src/ops/slice.js";
import { sum } from "../../src/ops/sum.js";
import { sin } from "../../src/ops/unary.js";
import { copyInto, full, ones, tensor, zeros } from "../../src/tensor/create.js";
import {
  DTYPES,
  type Dtype,
  decode,
  encode,
  type TensorData,
  type Values,
} from "../../src/tensor/dtype.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice, testF16 } from "../device.js";

const device = testDevice();

const EXAMPLES: Record<Dtype, TensorData> = {
  f32: Float32Array.of(1.5, -2, Infinity, Number.NaN, -0),
  f16: Float32Array.of(1.5, -2, Infinity, Number.NaN, 2 ** -24),
  i32: Int32Array.of(-(2 ** 31), -1, 0, 7, 2 ** 31 - 1),
  u32: Uint32Array.of(0, 1, 2 ** 31, 2 ** 32 - 1, 5),
  bool: Uint8Array.of(0, 1, 1, 0, 1),
};

/** A test for every element type, on the adapter; f16 where there is one. */
function eachDtype(name: string, run: (on: Device, dtype: Dtype) => Promise<void>): void {
  for (const dtype of DTYPES) {
    if (dtype === "f16") testF16(`${name}: f16`, device, (on) => run(on, dtype));
    else {
      test(`${name}: ${dtype}`, async () => {
        using _scope = device().scope();
        await run(device(), dtype);
      });
    }
    test(`${name}: ${dtype}, on the reference device`, () => run(new ReferenceDevice(), dtype));
  }
}

eachDtype("values go in and come back", async (on, dtype) => {
  const values = EXAMPLES[dtype];
  for (let n = 0; n <= values.length; n++) {
    const x = tensor(on, values.slice(0, n), [n, 1], { dtype });
    expect(x.dtype).toBe(dtype);
    expect(x.bytes).toBe(n * (dtype === "f16" ? 2 : 4));
    expect(await x.data()).toEqual(values.slice(0, n));
  }
});

eachDtype("full writes what tensor writes, at every size", async (on, dtype) => {
  for (const value of EXAMPLES[dtype]) {
    for (const n of [0, 1, 2, 3, 5, 257, 4 * 64 * 3 + 1]) {
      const want = await tensor(on, Array<number>(n).fill(value), [n], { dtype }).data();
      expect(await full(on, [n], value, { dtype }).data()).toEqual(want);
    }
  }
});

eachDtype("elements are moved unchanged: permute, slice, concat, reshape", async (on, dtype) => {
  const values = EXAMPLES[dtype];
  const row = tensor(on, values, [1, 5], { dtype });
  const rows = concat([row, row, row], 0);
  expect(rows.dtype).toBe(dtype);
  const columns = permute(rows, [1, 0]);
  const one = reshape(slice(permute(columns, [1, 0]), { axis: 0, start: 1, end: 2 }), [5]);
  expect(await one.data()).toEqual(values);
  const last = slice(rows, { axis: 1, start: 2 });
  expect((await last.data()).slice(0, 3)).toEqual(values.slice(2));
  const four = concat([slice(rows, { axis: 1, end: 4 }), slice(rows, { axis: 1, end: 4 })], 1);
  expect((await four.data()).slice(4, 8)).toEqual(values.slice(0, 4));
});

eachDtype("full, zeros, ones and copies", async (on, dtype) => {
  const options = { dtype };
  expect([...(await ones(on, [3], options).data())]).toEqual([1, 1, 1]);
  const target = zeros(on, [3], options);
  copyInto(target, full(on, [3], 1, options));
  expect([...(await target.data())]).toEqual([1, 1, 1]);
  expect(await full(on, [], 1, options).item()).toBe(1);
});

describe("element types", () => {
  test("values say what they are; a dtype overrules them", async () => {
    using _scope = device().scope();
    const made: [Values, Dtype][] = [
      [[1, 2], "f32"],
      [[true, false], "bool"],
      [Float64Array.of(1), "f32"],
      [Int32Array.of(-1), "i32"],
      [Uint32Array.of(1), "u32"],
      [Uint8Array.of(1), "bool"],
    ];
    for (const [values, dtype] of made) expect(tensor(device(), values).dtype).toBe(dtype);
    const x = tensor(device(), Uint8Array.of(255), [1], { dtype: "i32" });
    expect(await x.data()).toEqual(Int32Array.of(255));
  });

  test("the bits of an i32 pass through a u32", async () => {
    using _scope = device().scope();
    const x = tensor(device(), Int32Array.of(-1, -(2 ** 31), 3));
    expect(await cast(x, "u32").data()).toEqual(Uint32Array.of(2 ** 32 - 1, 2 ** 31, 3));
  });

  test("halves on their way to a buffer and back, whatever the adapter", () => {
    const given = [1, -2.5, 65520, 2 ** -24, Number.NaN];
    const { buffer, byteLength } = encode("f16", given, "x");
    expect(byteLength).toBe(12);
    expect([...new Uint16Array(buffer)]).toEqual([0x3c00, 0xc100, 0x7c00, 1, 0x7e00, 0]);
    expect([...decode("f16", buffer, 5)]).toEqual([1, -2.5, Infinity, 2 ** -24, Number.NaN]);
  });

  test("f16 on the reference device: its derivatives too", async () => {
    const host = new ReferenceDevice();
    const x = tensor(host, [1, 2], [2], { dtype: "f16", label: "x" });
    const [dx] = grad((t) => sum(mul(cast(t, "f32"), 3)))(x);
    expect(dx!.dtype).toBe("f16");
    expect(await dx!.data()).toEqual(Float32Array.of(3, 3));
    const f = (t: Tensor): Tensor => sum(cast(mul(t, t), "f32"));
    expect(() => grad(f)(x)).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: mul: its derivative is computed in f32, and x is f16. Train in f32: cast(x, "f32") before mul.]`,
    );
  });

  testF16("f16 rounds to nearest even, overflows to infinity, keeps NaN", device, async (on) => {
    const x = tensor(on, [2049, 2051, 65519, 65520, -1e9, Number.NaN], [6], { dtype: "f16" });
    expect([...(await x.data())]).toEqual([2048, 2052, 65504, Infinity, -Infinity, Number.NaN]);
  });

  testF16("arithmetic in f16: computed in f32, rounded once, overflows", device, async (on) => {
    const x = tensor(on, [40000, -40000, 2048, 1, Number.NaN], [5], { dtype: "f16" });
    const y = add(x, x);
    expect(y.dtype).toBe("f16");
    expect([...(await y.data())]).toEqual([Infinity, -Infinity, 4096, 2, Number.NaN]);
    // 2048 + 1 lies halfway between two halves: ties go to even.
    expect([...(await add(x, 1).data())].slice(2, 4)).toEqual([2048, 2]);
    // x · x overflows in f16, its half does not: only what is stored is rounded.
    expect([...(await mul(x, 0.5).data())].slice(0, 2)).toEqual([20000, -20000]);
  });

  testF16("windows and padding of f16: odd sizes, neighbours untouched", device, async (on) => {
    const flat = zeros(on, [256], { dtype: "f16" });
    const right = flat.window(128, [3]);
    const values = tensor(on, [1, 2, 3], [3], { dtype: "f16" });
    copyInto(right, values);
    const all = await flat.data();
    expect([...all.slice(126, 133)]).toEqual([0, 0, 1, 2, 3, 0, 0]);
    expect(() => flat.window(64, [3])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: window: offset 64 is no multiple of 128. Pad the parts before it.]`,
    );
  });

  testF16("a derivative in f16 is a named error", device, (on) => {
    const x = tensor(on, [1, 2], [2], { dtype: "f16" });
    const f = (t: Tensor): Tensor => sum(cast(mul(t, t), "f32"));
    expect(() => grad(f)(x)).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: mul: its derivative is computed in f32, and tensor is f16. Train in f32: cast(x, "f32") before mul.]`,
    );
  });

  testF16("types are not mixed by themselves", device, (on) => {
    const h = tensor(on, [1], [1], { dtype: "f16" });
    const x = tensor(on, [1]);
    expect(() => add(x, h)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: add: a is f32 and b is f16. Make them alike with cast(b, "f32").]`,
    );
    expect(() => cumsum(h, { axis: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: cumsum: x is f16, expected f32. Convert it with cast(x, "f32").]`,
    );
    expect(() => copyInto(x, h)).toThrow(/^copyInto: .* f32 .* and .* f16 .* differ\. Give two/);
  });

  test("values are what the element type holds, or refused", () => {
    const make = (values: unknown, dtype?: Dtype) => () =>
      tensor(device(), values as Values, undefined, dtype && { dtype });
    expect(make(Uint8Array.of(0, 255))).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: tensor: value 1, 255, is no bool. Give 0, 1, false or true, or make the tensor with another dtype and cast(x, "bool").]`,
    );
    expect(make([1, -2], "u32")).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: tensor: value 1, -2, is no u32. Give whole numbers from 0 to 4294967295, or make the tensor with another dtype and cast(x, "u32").]`,
    );
    expect(make([0.5], "i32")).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: tensor: value 0, 0.5, is no i32. Give whole numbers from -2147483648 to 2147483647, or make the tensor with another dtype and cast(x, "i32").]`,
    );
    expect(make(Int32Array.of(-1), "u32")).toThrow(DtypeError);
    expect(make([Number.NaN], "i32")).toThrow(DtypeError);
    expect(() => full(device(), [2], 2, { dtype: "bool" })).toThrow(DtypeError);
    expect(make([[1, 2], [3]])).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: tensor: value 0 is a list, no number. Give a flat list of numbers, row by row, and its shape beside it.]`,
    );
    expect(make([1, "2"])).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: tensor: value 1 is string, no number. Give a flat list of numbers, row by row, and its shape beside it.]`,
    );
    expect(device().stats.liveBuffers).toBe(0);
  });

  test("a name that is no element type", () => {
    using _scope = device().scope();
    const dtype = "f64" as Dtype;
    expect(() => cast(tensor(device(), [1]), dtype)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: cast: "f64" is no element type. Choose one of f32, f16, i32, u32, bool.]`,
    );
    expect(() => tensor(device(), [1], [1], { dtype })).toThrow(DtypeError);
    expect(() => zeros(device(), [1], { dtype })).toThrow(DtypeError);
  });

  test("what is no tensor at all", () => {
    using _scope = device().scope();
    const x = tensor(device(), [1]);
    const nothing = undefined as unknown as Tensor;
    expect(() => add(x, nothing)).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: add: b is undefined, not a tensor. Make one with tensor(device, values).]`,
    );
    expect(() => add([1] as unknown as Tensor, x)).toThrow(UsageError);
    expect(() => sin(null as unknown as Tensor)).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: sin: x is null, not a tensor. Make one with tensor(device, values).]`,
    );
  });

  test("an adapter without shader-f16 says what to do", async () => {
    const { adapter, release } = await openNodeAdapter();
    const gpu = await adapter.requestDevice();
    const plain = new GpuDevice(gpu, { name: "plain adapter" });
    expect(plain.f16).toBe(false);
    const make = (): Tensor => tensor(plain, [1], [1], { dtype: "f16" });
    expect(make).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: tensor: f16 needs an adapter with the feature shader-f16, which plain adapter does not offer. Use f32, or open another adapter (\`hitofude doctor\` says what each one can do).]`,
    );
    expect(() => cast(tensor(plain, [1]), "f16")).toThrow(DtypeError);
    plain.destroy();
    release();
  });
});
