import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { readSafeTensors, type SafeTensor, writeSafeTensors } from "../../src/io/safetensors.js";
import { headerLength } from "../../src/io/safetensors-header.js";
import { float16ToFloat32, float32ToFloat16 } from "../../src/tensor/half.js";
import { sizeOf } from "../../src/tensor/shape.js";

const float32Bits = fc.nat({ max: 0xffffffff }).map((bits) => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  return view.getFloat32(0);
});

const shape = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });

const stored: fc.Arbitrary<SafeTensor> = shape.chain((shape) => {
  const length = { minLength: sizeOf(shape), maxLength: sizeOf(shape) };
  return fc.oneof(
    fc.array(float32Bits, length).map((v) => ({ shape, values: Float32Array.from(v) })),
    fc
      .array(fc.nat({ max: 0xffffffff }), length)
      .map((v) => ({ shape, values: Uint32Array.from(v) })),
    fc.array(fc.integer(), length).map((v) => ({ shape, values: Int32Array.from(v) })),
    fc.array(fc.nat({ max: 1 }), length).map((v) => ({ shape, values: Uint8Array.from(v) })),
  );
});

const name = fc
  .oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("__proto__", "0", "", "a.b.0", "toString", "一筆"),
  )
  .filter((n) => n !== "__metadata__");

const file = fc.uniqueArray(fc.tuple(name, stored), { maxLength: 5, selector: ([n]) => n });
const metadata = fc.dictionary(fc.string(), fc.string({ unit: "grapheme" }), {
  maxKeys: 3,
  noNullPrototype: true,
});

/** Takes a file apart with nothing of the implementation. */
function headerOf(bytes: Uint8Array) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  return { length, text, json: JSON.parse(text) as Record<string, unknown> };
}

describe("round trip", () => {
  test("any names, shapes and values come back", () => {
    fc.assert(
      fc.property(file, metadata, (entries, meta) => {
        const bytes = writeSafeTensors(new Map(entries), meta);
        const back = readSafeTensors(bytes);
        expect(back.metadata).toEqual(meta);
        expect([...back.tensors.keys()].sort()).toEqual(entries.map(([n]) => n).sort());
        for (const [n, { shape, values }] of entries) {
          expect(back.tensors.get(n)?.shape).toEqual(shape);
          expect(back.tensors.get(n)?.values).toEqual(values);
        }
      }),
    );
  });

  test("half precision rounds each float once and keeps integers", () => {
    fc.assert(
      fc.property(file, (entries) => {
        const { tensors } = readSafeTensors(writeSafeTensors(new Map(entries), {}, "F16"));
        for (const [n, { values }] of entries) {
          const want =
            values instanceof Float32Array
              ? values.map((v) => float16ToFloat32(float32ToFloat16(v)))
              : values;
          expect(tensors.get(n)?.values).toEqual(want);
        }
      }),
    );
  });

  test("works on a view into a larger buffer", () => {
    const bytes = writeSafeTensors(new Map([["x", { shape: [2], values: Float32Array.of(1, 2) }]]));
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const { tensors } = readSafeTensors(shifted.subarray(3));
    expect([...(tensors.get("x")?.values ?? [])]).toEqual([1, 2]);
  });
});

describe("layout", () => {
  test("a tiny file, byte by byte", () => {
    const tensors = new Map<string, SafeTensor>([
      ["a", { shape: [2], values: Float32Array.of(1, -2) }],
      ["b", { shape: [], values: Uint32Array.of(258) }],
    ]);
    const bytes = writeSafeTensors(tensors, { k: "v" });
    const header =
      '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' +
      '"b":{"dtype":"U32","shape":[],"data_offsets":[8,12]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");
    expect(padded.length).toBe(136);
    expect(hex(bytes.subarray(0, 8))).toBe("8800000000000000");
    expect(new TextDecoder().decode(bytes.subarray(8, 144))).toBe(padded);
    expect(hex(bytes.subarray(144))).toBe("0000803f000000c002010000");
  });

  test("values start at a multiple of 8 and follow each other without holes", () => {
    fc.assert(
      fc.property(file, fc.constantFrom("F32" as const, "F16" as const), (entries, precision) => {
        const bytes = writeSafeTensors(new Map(entries), {}, precision);
        const { length, json } = headerOf(bytes);
        expect(length % 8).toBe(0);
        let at = 0;
        const ranges = Object.entries(json)
          .filter(([n]) => n !== "__metadata__")
          .map(([, e]) => (e as { data_offsets: [number, number] }).data_offsets)
          .sort(([a, b], [c, d]) => a - c || b - d);
        for (const [begin, end] of ranges) {
          expect(begin).toBe(at);
          at = end;
        }
        expect(8 + length + at).toBe(bytes.length);
      }),
    );
  });
});

describe("damage", () => {
  const tensors = new Map<string, SafeTensor>([
    ["first", { shape: [3], values: Float32Array.of(1, 2, 3) }],
    ["second", { shape: [2, 2], values: Uint32Array.of(4, 5, 6, 7) }],
  ]);
  const whole = writeSafeTensors(tensors, { note: "x" });

  test("a file cut anywhere is refused", () => {
    for (let length = 0; length < whole.length; length++) {
      expect(() => readSafeTensors(whole.subarray(0, length)), `${length} bytes`).toThrow(
        FormatError,
      );
    }
  });

  test("changed or foreign bytes give a FormatError or a file, nothing else", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: whole.length - 1 }),
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        (at, noise) => {
          const bytes = Uint8Array.from(whole);
          bytes.set(noise.subarray(0, whole.length - at), at);
          try {
            readSafeTensors(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  const withHeader = (header: string, body = 0): Uint8Array => {
    const json = new TextEncoder().encode(header);
    const bytes = new Uint8Array(8 + json.length + body);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    return bytes;
  };
  const claims = (length: number): Uint8Array => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    return bytes;
  };
  const messageOf = (bytes: Uint8Array): string =>
    thrownBy(() => readSafeTensors(bytes, "model.safetensors"));
  const thrownBy = (call: () => unknown): string => {
    try {
      call();
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      return (error as Error).message;
    }
    return "no error";
  };

  test.each([
    ["null"],
    ["[]"],
    ["3"],
    ['{"x":null}'],
    ['{"x":{}}'],
    ['{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}'],
    ['{"x":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}'],
    ['{"x":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}'],
    ['{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}'],
    ['{"x":{"dtype":"F32","shape":[2],"data_offsets":[0.5,8.5]}}'],
    ['{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}'],
    ['{"x":{"dtype":"BF16","shape":[3],"data_offsets":[0,8]}}'],
    ['{"x":{"dtype":"toString","shape":[4],"data_offsets":[0,8]}}'],
    ['{"__metadata__":{"a":1}}'],
    ['{"__metadata__":null}'],
  ])("header %s is refused", (header) => {
    expect(messageOf(withHeader(header, 8))).toMatch(/^model\.safetensors is no readable/);
  });

  test("messages say what is wrong and what to do", () => {
    const header = '{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    expect([
      messageOf(new Uint8Array(3)),
      messageOf(Uint8Array.from(whole.subarray(0, 40))),
      messageOf(whole.subarray(0, whole.length - 1)),
      messageOf(withHeader(header.replace("[2]", "[3]"), 8)),
      messageOf(withHeader(header.replace("F32", "F64").replace("[2]", "[1]"), 8)),
      messageOf(withHeader(header.replace("F32", "F31"), 8)),
      messageOf(withHeader('{"x":{}}', 8)),
      messageOf(withHeader("{", 8)),
      messageOf(withHeader("[]", 8)),
      messageOf(withHeader('{"__metadata__":{"a":1}}', 8)),
      thrownBy(() => headerLength(claims(2e8), 3e8, "model.safetensors")),
    ]).toMatchInlineSnapshot(`
      [
        "model.safetensors is no readable safetensors file: it has only 3 bytes. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: its header claims 152 bytes, the file has 40. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: second ends at byte 28 of 27: the file is cut off. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: x [3] does not fit 8 bytes. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: x is F64; F32, F16, BF16, I32, U32 and BOOL are read. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: x is F31, which the format does not have. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: the entry x is incomplete. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: its header is no JSON. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: its header is no table of tensors. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: its __metadata__ is no table of texts. Restore it, or name another one.",
        "model.safetensors is no readable safetensors file: its header claims 200000000 bytes, the format allows 100000000. Restore it, or name another one.",
      ]
    `);
  });

  test("a number of values that does not fill the shape is not written", () => {
    const bad = new Map([["x", { shape: [3], values: Float32Array.of(1) }]]);
    expect(() => writeSafeTensors(bad)).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: safetensors: x [3] with 1 values cannot be written. Give as many values as the shape has elements, under a name other than __metadata__.]`,
    );
  });
});

describe("half precision", () => {
  const tiny = 2 ** -24;
  /** IEEE 754-2019 binary16: value, bits. */
  const table: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [65536, 0x7c00],
    [-1e10, 0xfc00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -14, 0x0400],
    [1023 * tiny, 0x03ff],
    [tiny, 0x0001],
    // Ties go to the even neighbour, also below the normal numbers and across their border.
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2049, 0x6800],
    [2051, 0x6802],
    [0.5 * tiny, 0x0000],
    [0.5000001 * tiny, 0x0001],
    [1.5 * tiny, 0x0002],
    [2.5 * tiny, 0x0002],
    [-2.5 * tiny, 0x8002],
    [1022.5 * tiny, 0x03fe],
    [1023.5 * tiny, 0x0400],
    [1e-45, 0x0000],
  ];
  test.each(table)("%f is stored as %i", (value, bits) => {
    expect(float32ToFloat16(value)).toBe(bits);
  });

  test("NaN stays NaN", () => {
    expect(float16ToFloat32(float32ToFloat16(Number.NaN))).toBeNaN();
    expect(float16ToFloat32(0x7c01)).toBeNaN();
  });

  test("every half is read and written back as itself", () => {
    const wrong = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => {
      const value = float16ToFloat32(bits);
      return !Number.isNaN(value) && float32ToFloat16(value) !== bits;
    });
    expect(wrong).toEqual([]);
  });

  test("no half lies closer than the one chosen: |x − f16(x)| ≤ max(2⁻¹¹ |x|, 2⁻²⁵)", () => {
    const inRange = fc.oneof(
      fc.float({ min: Math.fround(-65504), max: Math.fround(65504), noNaN: true }),
      fc.float({ min: Math.fround(-(2 ** -13)), max: Math.fround(2 ** -13), noNaN: true }),
    );
    fc.assert(
      fc.property(inRange, (x) => {
        const error = Math.abs(x - float16ToFloat32(float32ToFloat16(x)));
        expect(error).toBeLessThanOrEqual(Math.max(2 ** -11 * Math.abs(x), 2 ** -25));
      }),
      { numRuns: 2000 },
    );
  });
});
