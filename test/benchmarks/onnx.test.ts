/** The ONNX encoder against a reader of protobuf's wire format that knows nothing of it. */
import { describe, expect, test } from "vitest";
import { encodeOnnx } from "../../benchmarks/onnx/encode.js";
import { GraphBuilder, NotExpressible, onnxOps } from "../../benchmarks/onnx/graph.js";

interface Field {
  readonly field: number;
  readonly value: number | Uint8Array;
}

function fields(data: Uint8Array): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = data[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < data.length) {
    const key = varint();
    const type = key % 8;
    const length = type === 2 ? varint() : type === 5 ? 4 : 0;
    const value = length > 0 || type === 2 ? data.subarray(at, at + length) : varint();
    at += length;
    found.push({ field: Math.floor(key / 8), value });
  }
  return found;
}

const bytesOf = (list: readonly Field[], field: number): Uint8Array[] =>
  list.filter((each) => each.field === field).map(({ value }) => value as Uint8Array);
const textsOf = (list: readonly Field[], field: number): string[] =>
  bytesOf(list, field).map((data) => new TextDecoder().decode(data));

describe("ONNX", () => {
  const model = encodeOnnx({
    nodes: [
      {
        type: "Conv",
        inputs: ["x", "w"],
        outputs: ["y"],
        attributes: { pads: { ints: [0, 300] }, axis: { int: -1 }, eps: { float: 0.5 } },
      },
    ],
    inputs: [{ name: "x", shape: [1, 200] }],
    outputs: [{ name: "y", shape: [2] }],
    constants: [
      { name: "w", shape: [2], data: Float32Array.of(1, -2) },
      { name: "axes", shape: [1], data: BigInt64Array.of(-3n) },
    ],
  });
  const top = fields(model);
  const graph = fields(bytesOf(top, 7)[0]!);

  test("model: version, and both sets of operators", () => {
    expect(top.find(({ field }) => field === 1)?.value).toBe(9);
    const sets = bytesOf(top, 8).map(fields);
    expect(sets.map((set) => textsOf(set, 1)[0])).toEqual(["", "com.microsoft"]);
    expect(sets.map((set) => set.find(({ field }) => field === 2)?.value)).toEqual([20, 1]);
  });

  test("node: names, type and attributes of each kind", () => {
    const node = fields(bytesOf(graph, 1)[0]!);
    expect([textsOf(node, 1), textsOf(node, 2), textsOf(node, 4)]).toEqual([
      ["x", "w"],
      ["y"],
      ["Conv"],
    ]);
    const [pads, axis, eps] = bytesOf(node, 5).map(fields);
    expect(pads!.filter(({ field }) => field === 8).map(({ value }) => value)).toEqual([0, 300]);
    expect(axis!.find(({ field }) => field === 3)?.value).toBe(-1);
    const four = eps!.find(({ field }) => field === 2)?.value as Uint8Array;
    expect(new DataView(four.buffer, four.byteOffset).getFloat32(0, true)).toBe(0.5);
  });

  test("values: shape and element type; constants: raw bytes", () => {
    const input = fields(bytesOf(graph, 11)[0]!);
    const type = fields(bytesOf(fields(bytesOf(input, 2)[0]!), 1)[0]!);
    expect(type.find(({ field }) => field === 1)?.value).toBe(1);
    const dims = bytesOf(fields(bytesOf(type, 2)[0]!), 1).map((dim) => fields(dim)[0]?.value);
    expect(dims).toEqual([1, 200]);
    const [w, axes] = bytesOf(graph, 5).map(fields);
    const raw = bytesOf(w!, 9)[0]!;
    expect([...new Float32Array(raw.slice().buffer)]).toEqual([1, -2]);
    expect(axes!.find(({ field }) => field === 2)?.value).toBe(7);
    expect([...new BigInt64Array(bytesOf(axes!, 9)[0]!.slice().buffer)]).toEqual([-3n]);
  });

  test("a program becomes nodes with the shapes that it says", () => {
    const g = new GraphBuilder();
    const ops = onnxOps(g);
    const x = g.input([2, 6, 4, 4]);
    const w = g.constant(new Float32Array(8 * 6 * 9), [8, 6, 3, 3]);
    const y = ops.conv2d(x, w, { stride: 2, padding: 1 });
    expect(ops.shape(y)).toEqual([2, 8, 2, 2]);
    expect(ops.shape(ops.tokens(y))).toEqual([2, 4, 8]);
    expect(ops.shape(ops.sum(y, 1))).toEqual([2, 2, 2]);
    const graphOf = fields(bytesOf(fields(g.encode([y])), 7)[0]!);
    expect(bytesOf(graphOf, 1).map((node) => textsOf(fields(node), 4)[0])).toContain("Conv");
    expect(() => ops.convWeightGrad(x, y, [8, 6, 3, 3], { stride: 1, padding: 1 })).toThrow(
      NotExpressible,
    );
  });
});
