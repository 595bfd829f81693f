/**
 * Writes ONNX files: the few messages of onnx.proto3 that a graph of float32 tensors needs, in
 * protobuf's wire format (a key is field · 8 + type; type 0 is a varint, 2 has a length, 5 is four
 * bytes).
 */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

export interface OnnxNode {
  readonly type: string;
  /** "" is ONNX's own. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A constant: float32, or int64 where the operator wants shapes and axes. */
export interface OnnxConstant extends OnnxValue {
  readonly data: Float32Array | BigInt64Array;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
}

const IR_VERSION = 9;
const OPSET = 20;
const FLOAT = 1;
const INT64 = 7;

type Part = Uint8Array;

function varint(value: number): Part {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

function join(parts: readonly Part[]): Part {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const int = (field: number, value: number): Part => join([varint(8 * field), varint(value)]);
const bytes = (field: number, data: Part): Part =>
  join([varint(8 * field + 2), varint(data.length), data]);
const text = (field: number, value: string): Part => bytes(field, new TextEncoder().encode(value));
const message = (field: number, ...parts: Part[]): Part => bytes(field, join(parts));

function float(field: number, value: number): Part {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return join([varint(8 * field + 5), data]);
}

/** AttributeProto: name 1, f 2, i 3, s 4, ints 8, type 20. */
function attribute(name: string, value: Attribute): Part {
  const head = text(1, name);
  if ("int" in value) return join([head, int(3, value.int), int(20, 2)]);
  if ("float" in value) return join([head, float(2, value.float), int(20, 1)]);
  if ("text" in value) return join([head, text(4, value.text), int(20, 3)]);
  return join([head, ...value.ints.map((i) => int(8, i)), int(20, 7)]);
}

/** NodeProto: input 1, output 2, op_type 4, attribute 5, domain 7. */
function node({ type, domain = "", inputs, outputs, attributes = {} }: OnnxNode): Part {
  return join([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
    text(7, domain),
  ]);
}

/** ValueInfoProto: name 1, type 2 { tensor 1 { elem_type 1, shape 2 { dim 1 { value 1 } } } }. */
function value({ name, shape }: OnnxValue): Part {
  const dims = shape.map((size) => message(1, int(1, size)));
  return join([text(1, name), message(2, message(1, int(1, FLOAT), message(2, ...dims)))]);
}

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9. */
function constant({ name, shape, data }: OnnxConstant): Part {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const type = data instanceof Float32Array ? FLOAT : INT64;
  return join([...shape.map((size) => int(1, size)), int(2, type), text(8, name), bytes(9, raw)]);
}

/**
 * ModelProto: ir_version 1, graph 7, opset_import 8 { domain 1, version 2 }.
 * GraphProto: node 1, name 2, initializer 5, input 11, output 12.
 */
export function encodeOnnx({ nodes, inputs, outputs, constants }: OnnxGraph): Uint8Array {
  const graph = [
    ...nodes.map((each) => message(1, node(each))),
    text(2, "benchmark"),
    ...constants.map((each) => message(5, constant(each))),
    ...inputs.map((each) => message(11, value(each))),
    ...outputs.map((each) => message(12, value(each))),
  ];
  return join([
    int(1, IR_VERSION),
    message(7, ...graph),
    message(8, text(1, ""), int(2, OPSET)),
    message(8, text(1, "com.microsoft"), int(2, 1)),
  ]);
}
