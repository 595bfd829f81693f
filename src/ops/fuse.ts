/**
 * One kernel for a function of elements.
 *
 *     y_i = f(a_i, b_i, …)          da = dy ⊙ ∂f/∂a, …
 *
 * f is called once, on symbols that stand for single elements, and what it calls is written down:
 * the expressions of the elementwise rows, one after the other, become one kernel. Its derivative is
 * that of the rows (the tape walks over the symbols), again as one kernel; so is its derivative.
 * What f computes on the way is never stored; the backward kernel computes it anew from the inputs.
 */
import { broadcastTo } from "../autograd/cotangent.js";
import { defineOp } from "../autograd/define-op.js";
import { SymbolicDevice } from "../autograd/symbolic.js";
import { ReferenceDevice } from "../device/reference.js";
import { FuseError } from "../errors.js";
import { FLOATS } from "../tensor/dtype.js";
import { NdArray } from "../tensor/ndarray.js";
import {
  broadcastShapes,
  broadcastStrides,
  known,
  positionOf,
  type Shape,
} from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { assertBound, canBind, fits, fusedKernel } from "./shared/fuse-kernel.js";
import { cotangentOf, type ElementFunction, writeDown } from "./shared/fuse-trace.js";

export type { ElementFunction } from "./shared/fuse-trace.js";

/** A function of tensors that is one kernel. */
export interface Fused {
  /**
   * Inputs f32, or all of them f16, whose shapes broadcast → the broadcast shape.
   * @throws FuseError for another number of inputs, or for more than the adapter binds.
   */
  (...inputs: Tensor[]): Tensor;
  /** The kernel's source. */
  readonly wgsl: string;
  /** (inputs, dy) → the cotangent of input i, in the broadcast shape: fused as well. */
  derivative(i: number): Fused;
}

/**
 * Makes one kernel of a function that computes element by element.
 *
 *     const gate = fuse("gate", (x, y) => mul(add(x, 1), sigmoid(y)));
 *     const z = gate(x, y);
 *
 * @param name what errors and profiles call it.
 * @param f calls elementwise ops (unary, binary, comparisons, logic, where, clamp) on its parameters
 * and on numbers. It runs now, and numbers from outside stay what they are now.
 * @param inputs how many tensors f takes.
 * @throws FuseError when f calls another op, reads a tensor that is no parameter, or leaves one idle.
 */
export function fuse(name: string, f: ElementFunction, inputs = f.length): Fused {
  if (inputs === 0) {
    throw new FuseError(
      `${titleOf(name)}: the function takes no tensor. Write its parameters out, or say how many.`,
    );
  }
  const { kernel, call } = fused(name, f, inputs);
  const idle = Array.from({ length: inputs }, (_, i) => i).find((i) => !kernel.used.includes(i));
  if (idle === undefined) return call;
  throw new FuseError(`${titleOf(name)}: input ${idle} is not used. Leave the parameter out.`);
}

/** What messages call it. Put together here, so that a message is one for all names, in the test of messages too. */
const titleOf = (name: string): string => ["fuse", name].join(" ");

/** Here inputs may be idle: a derivative need not read all. */
function fused(name: string, f: ElementFunction, inputs: number) {
  const title = titleOf(name);
  const kernel = fusedKernel(name, writeDown(title, [f], inputs));
  const derivatives: Fused[] = [];
  const derivative = (i: number): Fused => {
    derivatives[i] ??= fused(`${name}, d${i}`, cotangentOf(f, i), inputs + 1).call;
    return known(derivatives, i);
  };
  const op = defineFused(title, kernel, f, { inputs, derivative, joint: jointly(name, f, inputs) });
  const apply = (...given: Tensor[]): Tensor => {
    if (given.length !== inputs) {
      throw new FuseError(
        `${title}: ${given.length} tensors were given, it takes ${inputs}. Give ${inputs}.`,
      );
    }
    // Within another fused function: its lines become part of that one.
    if (given.some((x) => x.device instanceof SymbolicDevice)) return f(...given);
    const shapes = given.map((x) => x.shape);
    const shape = commonShape(title, shapes);
    return op(fits(shapes, shape) ? given : given.map((x) => broadcastTo(x, shape)));
  };
  const call: Fused = Object.assign(apply, { wgsl: kernel.wgsl, derivative });
  return { kernel, call };
}

interface Derivatives {
  readonly inputs: number;
  readonly derivative: (i: number) => Fused;
  readonly joint: ReturnType<typeof jointly>;
}

function defineFused(
  title: string,
  kernel: ReturnType<typeof fusedKernel>,
  f: ElementFunction,
  { inputs, derivative, joint }: Derivatives,
): (given: readonly Tensor[]) => Tensor {
  const names = Array.from({ length: inputs }, (_, i) => `x_${i}`);
  const listed = <T>(of: object): T[] => names.map((name) => (of as Record<string, T>)[name] as T);
  const op = defineOp<string, never, string>({
    name: title,
    inputs: names,
    elements: FLOATS,
    saves: names,
    infer: (given) =>
      commonShape(
        title,
        listed<Tensor>(given).map((x) => x.shape),
      ),
    gpu: (given, out) => {
      assertBound(title, kernel, out);
      kernel.launch(listed(given), [out]);
    },
    reference: (given, _, { shape }) => onReference(f, listed(given), shape),
    vjp: (saved, dy, _, wanted) => {
      const given = [...listed<Tensor>(saved), dy];
      const asked = names.flatMap((name, i) => (wanted.has(name) ? [i] : []));
      const together = joint(given, asked);
      const thunk = (i: number, at: number) => () =>
        together ? known(together(), at) : derivative(i)(...given);
      return Object.fromEntries(asked.map((i, at) => [known(names, i), thunk(i, at)]));
    },
  });
  return (given) => op(Object.fromEntries(names.map((name, i) => [name, known(given, i)])), {});
}

/**
 * The cotangents of several inputs by one kernel, which reads everything once: where they need not
 * be differentiated again. Undefined elsewhere.
 */
function jointly(name: string, f: ElementFunction, inputs: number) {
  const kernels = new Map<string, ReturnType<typeof jointKernel>>();
  return (given: readonly Tensor[], asked: readonly number[]) => {
    const dy = known(given, inputs);
    if (dy.device.kind !== "gpu" || given.some((x) => x.tape !== undefined)) return undefined;
    const key = asked.join();
    const found = kernels.get(key) ?? jointKernel(name, f, inputs, asked);
    kernels.set(key, found);
    if (!canBind(found.kernel, dy)) return undefined;
    let made: readonly Tensor[] | undefined;
    return (): readonly Tensor[] => {
      made ??= found.run(given, dy);
      return made;
    };
  };
}

function jointKernel(name: string, f: ElementFunction, inputs: number, asked: readonly number[]) {
  const label = `fuse ${name}, derivative`;
  const functions = asked.map((i) => cotangentOf(f, i));
  const all = writeDown(`fuse ${name}`, functions, inputs + 1);
  /** What is dy itself needs no kernel. */
  const isGiven = all.map(({ input }) => input === inputs);
  const kernel = fusedKernel(
    `${name}, d${asked.join(" d")}`,
    all.filter((_, at) => !isGiven[at]),
  );
  const run = (given: readonly Tensor[], dy: Tensor): readonly Tensor[] => {
    const { device, shape, dtype } = dy;
    const made = isGiven.map((itIs) =>
      itIs ? dy : Tensor.allocate(device, { shape, dtype }, label),
    );
    const [first, ...others] = made.filter((x) => x !== dy);
    if (first && dy.size > 0) kernel.launch(given, [first, ...others]);
    for (const x of made) if (x !== dy) device.observer?.ran(label, given, x);
    return made;
  };
  return { kernel, run };
}

function commonShape(title: string, shapes: readonly Shape[]): Shape {
  return shapes.reduce<Shape>((shape, x) => broadcastShapes(title, shape, x), []);
}

/** f by the references of its ops, on whole arrays. */
function onReference(f: ElementFunction, given: readonly NdArray[], shape: Shape): NdArray {
  const device = new ReferenceDevice();
  using _scope = device.scope();
  const tensors = given.map((x, i) => {
    const strides = broadcastStrides(x.shape, shape);
    const whole = NdArray.build(shape, (index) => x.flat(positionOf(index, strides)));
    return Tensor.fromReference(device, whole, "f32", `input ${i}`);
  });
  return f(...tensors).reference;
}
