/**
 * Defines an op: its shape rule, its kernel, its float64 reference, and its vjp.
 *
 * The op runs its kernel on a GPU device and its reference on the reference device, and leaves a
 * node on the tape when an input is tracked. Derivatives are thunks, so that those nobody asked for
 * (the weights of a frozen network) cost nothing.
 */
import { ReferenceDevice } from "../device/reference.js";
import type { Device } from "../device/types.js";
import { DeviceError, FuseError, GradientError } from "../errors.js";
import { type Dtype, FLOATS } from "../tensor/dtype.js";
import type { NdArray } from "../tensor/ndarray.js";
import type { Shape } from "../tensor/shape.js";
import { Tensor, type TensorSpec } from "../tensor/tensor.js";
import { assertTensors, elementOf } from "./op-dtypes.js";
import { type EachElement, SymbolicDevice } from "./symbolic.js";
import { nodeOf, TapeNode } from "./tape.js";

/** Required inputs `I` and optional inputs `O`, each as a `T`. */
export type Inputs<I extends string, O extends string, T> = { readonly [K in I]: T } & {
  readonly [K in O]?: T | undefined;
};

/**
 * An op: shape rule, kernel call, float64 reference, derivative. I names its inputs, O those that
 * may be absent, S what the vjp reads, A its attributes: numbers and flags that are no tensors.
 */
export interface OpDefinition<
  I extends string,
  O extends string,
  S extends I | O | "out",
  A extends object,
> {
  readonly name: string;
  readonly inputs: readonly I[];
  readonly optional?: readonly O[];
  /** What the vjp reads: inputs by name, or "out". */
  readonly saves?: readonly S[];
  /** Inputs of an element type of their own, such as indices. */
  readonly dtypes?: { readonly [K in I | O]?: Dtype };
  /** What the other inputs may be, all of them alike; default f32 alone. */
  readonly elements?: readonly Dtype[];
  /** Element types whose derivative `vjp` computes; default f32 alone. */
  readonly differentiable?: readonly Dtype[];
  /** The shape of the result (and its element type, if not the inputs'); throws ShapeError. */
  infer(inputs: Inputs<I, O, TensorSpec>, attrs: A): Shape | TensorSpec;
  /** Fills `out` by kernels. Not called for an empty result. */
  gpu(inputs: Inputs<I, O, Tensor>, out: Tensor, attrs: A): void;
  /** Where each element of the result comes from the same element of the inputs: see `fuse`. */
  readonly each?: EachElement<A>;
  /** What the op means, in float64. */
  reference(inputs: Inputs<I, O, NdArray>, attrs: A, out: TensorSpec): NdArray;
  /**
   * dy → cotangents of the inputs, each a thunk. May be larger than the input where the op
   * broadcasts: the tape sums it down. Absent when the op has no derivative. `wanted` says whose
   * thunks will be called.
   */
  vjp?(
    saved: { readonly [K in S]: Tensor } & { readonly specs: Inputs<I, O, TensorSpec> },
    dy: Tensor,
    attrs: A,
    wanted: ReadonlySet<I | O>,
  ): { readonly [K in I | O]?: () => Tensor };
}

/** An op as a function of named inputs and attributes; the definition stays readable. */
export interface Op<I extends string, O extends string, S extends I | O | "out", A extends object> {
  (inputs: Inputs<I, O, Tensor>, attrs: A): Tensor;
  readonly definition: OpDefinition<I, O, S, A>;
}

/** Attributes of an op that has none. */
export type NoAttrs = Readonly<Record<never, never>>;

/**
 * Makes a function of tensors out of a definition. It checks devices, element types and shapes,
 * runs the kernel or the reference, and leaves a node on the tape where an input is tracked.
 * @returns (inputs by name, attributes) → the result.
 */
export function defineOp<
  const I extends string,
  const O extends string = never,
  const S extends I | O | "out" = never,
  A extends object = NoAttrs,
>(definition: OpDefinition<I, O, S, A>): Op<I, O, S, A> {
  const names: readonly (I | O)[] = [...definition.inputs, ...(definition.optional ?? [])];
  const apply = (inputs: Inputs<I, O, Tensor>, attrs: A): Tensor => {
    assertTensors(definition.name, inputs, definition.optional);
    const given = names.map((name) => (inputs as Partial<Record<I | O, Tensor>>)[name]);
    const device = commonDevice(definition.name, given);
    const dtype = elementOf(definition, names, given);
    const inferred = definition.infer(inputs, attrs);
    const spec: TensorSpec = "shape" in inferred ? inferred : { shape: inferred, dtype };
    const parents = given.map((x) => (x && FLOATS.includes(x.dtype) ? nodeOf(x) : undefined));
    let out: Tensor | undefined;
    const tracked = FLOATS.includes(spec.dtype) && parents.some((p) => p !== undefined);
    const tape = tracked
      ? record(definition, names, inputs, given, parents, attrs, () => out)
      : undefined;
    out = unobserved(device, () => run(definition, device, inputs, spec, attrs, tape));
    device.observer?.ran(
      definition.name,
      given.filter((x) => x !== undefined),
      out,
    );
    return out;
  };
  return Object.assign(apply, { definition });
}

/** An op that calls others inside its kernel or its reference is one op to whoever looks on. */
function unobserved(device: Device, run: () => Tensor): Tensor {
  const { observer } = device;
  if (!observer) return run();
  device.observer = undefined;
  try {
    return run();
  } finally {
    device.observer = observer;
  }
}

function run<I extends string, O extends string, S extends I | O | "out", A extends object>(
  definition: OpDefinition<I, O, S, A>,
  device: Device,
  inputs: Inputs<I, O, Tensor>,
  spec: TensorSpec,
  attrs: A,
  tape: TapeNode | undefined,
): Tensor {
  const { name } = definition;
  if (device instanceof ReferenceDevice) {
    const arrays = mapRecord(inputs, (x: Tensor) => x.reference) as Inputs<I, O, NdArray>;
    const value = definition.reference(arrays, attrs, spec).reshape(spec.shape);
    return Tensor.fromReference(device, value, spec.dtype, name, tape);
  }
  if (device instanceof SymbolicDevice) {
    return Tensor.symbolic(device, spec, name, device.write(definition, inputs, attrs, spec), tape);
  }
  const out = Tensor.allocate(device, spec, name, tape);
  try {
    if (out.size > 0) definition.gpu(inputs, out, attrs);
  } catch (error) {
    out.dispose();
    throw error;
  }
  return out;
}

function record<I extends string, O extends string, S extends I | O | "out", A extends object>(
  definition: OpDefinition<I, O, S, A>,
  names: readonly (I | O)[],
  inputs: Inputs<I, O, Tensor>,
  given: readonly (Tensor | undefined)[],
  parents: readonly (TapeNode | undefined)[],
  attrs: A,
  out: () => Tensor | undefined,
): TapeNode {
  const { name, saves = [], vjp } = definition;
  const specs = mapRecord(inputs, ({ shape, dtype }: Tensor) => ({ shape, dtype }));
  const shapes = given.map((x) => x?.shape ?? []);
  const saved = saves.map((key) => [key, key === "out" ? out : () => lookup(inputs, key)] as const);
  return new TapeNode(name, parents, shapes, (dy, wanted, higherOrder) => {
    if (!vjp) {
      throw new GradientError(
        `${name}: this op has no derivative. Put stopGradient around it, or differentiate ` +
          "with respect to something that does not pass through it.",
      );
    }
    assertDifferentiable(definition, given);
    const tensors = saved.map(([key, get]) => {
      const x = get();
      return [key, higherOrder ? x : x?.alias({ tape: undefined })] as const;
    });
    const arg = { ...Object.fromEntries(tensors), specs } as Parameters<typeof vjp>[0];
    const asked = new Set(names.filter((_, i) => wanted[i]));
    const thunks = vjp(arg, higherOrder ? dy : dy.alias({ tape: undefined }), attrs, asked);
    return names.map((key, i) => (wanted[i] ? derivative(name, key, thunks[key]) : undefined));
  });
}

function derivative(op: string, input: string, thunk: (() => Tensor) | undefined): Tensor {
  if (thunk) return thunk();
  throw new GradientError(
    `${op}: the derivative with respect to ${input} is not defined. ` +
      `Put stopGradient around ${input}.`,
  );
}

function lookup(inputs: object, key: string): Tensor | undefined {
  return (inputs as Record<string, Tensor | undefined>)[key];
}

function mapRecord<T, U>(record: object, f: (value: T) => U): Record<string, U> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, f(value as T)]));
}

function commonDevice(op: string, given: readonly (Tensor | undefined)[]): Device {
  const tensors = given.filter((x) => x !== undefined);
  const device = tensors[0]?.device;
  if (!device) throw new DeviceError(`${op}: no input tensor was given. Give at least one.`);
  const other = tensors.find((x) => x.device !== device);
  if (other) {
    const symbolic = tensors.find((x) => x.device instanceof SymbolicDevice);
    if (symbolic) {
      throw new FuseError(
        `${symbolic.device.name}: ${op} reads a tensor that is no input of the function. Make it one.`,
      );
    }
    throw new DeviceError(
      `${op}: inputs are on different devices (${device.name}, ${other.device.name}). ` +
        "Make all of them on one device.",
    );
  }
  return device;
}

function assertDifferentiable(
  { name, differentiable = ["f32"] }: { name: string; differentiable?: readonly Dtype[] },
  given: readonly (Tensor | undefined)[],
): void {
  const x = given.find((t) => t && FLOATS.includes(t.dtype) && !differentiable.includes(t.dtype));
  if (!x) return;
  throw new GradientError(
    `${name}: its derivative is computed in ${differentiable.join(" or ")}, and ${x.label} is ` +
      `${x.dtype}. Train in f32: cast(x, "f32") before ${name}.`,
  );
}
