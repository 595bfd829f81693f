/** Runs a case on a device of this engine and says how far it is from torch's answer. */
import { grad, vjp } from "../../src/autograd/grad.js";
import type { GpuDevice } from "../../src/device/device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { add, mul, type Operand, sum } from "../../src/ops/index.js";
import { scalar, tensor } from "../../src/tensor/create.js";
import { FLOATS } from "../../src/tensor/dtype.js";
import { sameShape, showShape } from "../../src/tensor/shape.js";
import { Tensor } from "../../src/tensor/tensor.js";
import type { Answer, Answered, Case, Entry, Given, Input, Stored } from "./cases.js";

/** What the engine says of a case; alive as long as the scope around the call. */
interface Result {
  readonly kind: Answer["kind"];
  readonly shape: readonly number[];
  readonly value: Tensor;
  /** One for each input; undefined where none is asked for. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** The same; all undefined unless the case has directions. */
  readonly second: readonly (Tensor | undefined)[];
}

/** |ours − torch's| / (1 + |torch's|), the worst entry; undefined where nothing was asked for. */
export interface Errors {
  readonly value: number;
  readonly gradient: number | undefined;
  readonly second: number | undefined;
}

/** Runs a case; the scope is the caller's. */
export function run(
  device: ReferenceDevice | GpuDevice,
  entries: Readonly<Record<string, Entry>>,
  { op, inputs, options, cotangent, directions }: Case,
): Result {
  const entry = entries[op];
  if (!entry) throw new Error(`conformance: no op ${op} in scripts/conformance.`);
  const given = inputs.map((x) => (typeof x === "number" ? x : make(device, x)));
  const leaves = given.filter((x, i): x is Tensor => x instanceof Tensor && isLeaf(inputs[i]));
  const apply = (...tracked: Tensor[]): Tensor => {
    const rest = [...tracked];
    const operand = (x: Operand, i: number): Operand =>
      isLeaf(inputs[i]) ? (rest.shift() ?? x) : x;
    return entry.apply(given.map(operand), options);
  };
  const { value, pullback } = vjp(apply, ...leaves);
  const { dtype, shape } = value;
  const kind = FLOATS.includes(dtype) ? "float" : dtype === "bool" ? "bool" : "integer";
  const perInput = (found: Tensor[]) => inputs.map((x) => (isLeaf(x) ? found.shift() : undefined));
  if (kind !== "float" || !cotangent) {
    return { kind, shape, value, gradients: perInput([]), second: perInput([]) };
  }
  const dy = tensor(device, floats(cotangent), shape);
  const gradients = perInput(pullback(dy));
  const along = directions?.flatMap((u) => (u ? [floats(u)] : []));
  const second = perInput(along && leaves.length > 0 ? bend(apply, leaves, dy, along) : []);
  return { kind, shape, value, gradients, second };
}

/** Gradients of Σ ⟨u, gradient⟩ for the directions u. */
function bend(
  apply: (...xs: Tensor[]) => Tensor,
  leaves: readonly Tensor[],
  dy: Tensor,
  directions: readonly Float32Array[],
): Tensor[] {
  const slope = (...xs: Tensor[]): Tensor => {
    const found = vjp(apply, ...xs).pullback(dy);
    const terms = found.map((g, i) => sum(mul(g, tensor(g.device, directions[i] ?? [], g.shape))));
    return terms.reduce(add, scalar(dy.device, 0));
  };
  return grad(slope)(...leaves);
}

/** Throws where the shapes or the kinds of the results differ. */
export async function compare(
  device: ReferenceDevice | GpuDevice,
  entries: Readonly<Record<string, Entry>>,
  given: Answered,
): Promise<Errors> {
  using _scope = device.scope();
  const { answer } = given;
  const { kind, shape, value, gradients, second } = run(device, entries, given);
  if (kind !== answer.kind || !sameShape(shape, answer.shape)) {
    throw new Error(
      `${describe(given)}: a result of ${kind} ${showShape(shape)}, and torch has ` +
        `${answer.kind} ${showShape(answer.shape)}.`,
    );
  }
  const error = worst(await read(value), answer.value);
  return {
    // Integers and truth values are right or wrong.
    value: kind === "float" || error === 0 ? error : Number.POSITIVE_INFINITY,
    gradient: await worstOf(given, gradients, answer.gradients),
    second: await worstOf(given, second, answer.second ?? second.map(() => null)),
  };
}

async function worstOf(
  given: Case,
  ours: readonly (Tensor | undefined)[],
  theirs: Answer["gradients"],
): Promise<number | undefined> {
  const errors: number[] = [];
  for (const [i, expected] of theirs.entries()) {
    const x = ours[i];
    if ((x === undefined) !== (expected === null)) {
      throw new Error(`${describe(given)}: input ${i} has a gradient on one side alone.`);
    }
    if (x && expected) errors.push(worst(await read(x), expected));
  }
  return errors.length === 0 ? undefined : Math.max(...errors);
}

export function describe({ op, form, inputs, options }: Case): string {
  const shapes = inputs.map((x) => (typeof x === "number" ? x : showShape(x.shape)));
  return `${op} (${form}) ${shapes.join(" ")} ${JSON.stringify(options)}`;
}

/** Float64 where the device has them. */
export async function read(x: Tensor): Promise<ArrayLike<number>> {
  return x.device instanceof ReferenceDevice ? x.reference.data : x.data();
}

function worst(got: ArrayLike<number>, want: readonly Stored[]): number {
  let error = got.length === want.length ? 0 : Number.POSITIVE_INFINITY;
  for (const [i, stored] of want.entries()) {
    const [g, w] = [got[i] ?? Number.NaN, Number(stored)];
    if (g === w || (Number.isNaN(g) && Number.isNaN(w))) continue;
    const here = Math.abs(g - w) / (1 + Math.abs(w));
    error = Number.isNaN(here) ? Number.POSITIVE_INFINITY : Math.max(error, here);
  }
  return error;
}

/** Whether a gradient is asked of it. */
export function isLeaf(x: Input | undefined): boolean {
  return typeof x === "object" && x.dtype === "f32" && !x.frozen;
}

function make(device: ReferenceDevice | GpuDevice, { shape, dtype, values }: Given): Tensor {
  const numbers = dtype === "f32" ? floats(values) : values.map(Number);
  return tensor(device, numbers, shape, { dtype });
}

function floats(values: readonly Stored[]): Float32Array {
  return Float32Array.from(values, Number);
}
