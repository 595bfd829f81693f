/**
 * A device that runs nothing: on it an op writes down, in WGSL, how one element of its result comes
 * from the same element of its inputs. `fuse` calls a function on it once, and makes one kernel of
 * what was written.
 *
 * A tensor here stands for a single element: its shape is []. Equal expressions are written once,
 * so what a derivative computes anew of the forward pass costs nothing.
 */
import { type Scope, ScopeStack } from "../device/scope.js";
import type { Device, DeviceStats } from "../device/types.js";
import { FuseError } from "../errors.js";
import { showShape } from "../tensor/shape.js";
import { Tensor, type TensorSpec } from "../tensor/tensor.js";

/** How an op computes each element from the same element of its inputs. */
export interface EachElement<A extends object> {
  /**
   * WGSL: an expression of the inputs, and of the numbers, by their names. Each is a vec4f, or a
   * vec4u of 0 and 1 where it is bool.
   */
  readonly wgsl: string;
  /** Whether the expression gives truth values: vec4<bool>, or vec4u of 0 and 1. */
  readonly truth?: boolean;
  /** Numbers that the expression also names, by the op's attributes. */
  numbers?(attrs: A): Readonly<Record<string, number>>;
}

/** One line of what was written down. */
export interface Expression {
  /** Lines with smaller numbers come first. */
  readonly id: number;
  /** The op's name; "input" for an input. */
  readonly op: string;
  readonly wgsl: string;
  readonly truth: boolean;
  readonly bool: boolean;
  readonly args: readonly Argument[];
  /** Which input this is. */
  readonly input?: number;
}

export interface Argument {
  readonly name: string;
  readonly value: Expression | number;
  readonly bool: boolean;
}

/** The part of an op's definition that is read here. */
interface Definition<A extends object> {
  readonly name: string;
  readonly each?: EachElement<A>;
}

export class SymbolicDevice implements Device {
  readonly kind = "symbolic";
  readonly name: string;
  readonly scopes = new ScopeStack();
  readonly observer = undefined;
  private readonly lines = new Map<string, Expression>();

  /** @param name what errors call the function that is written down */
  constructor(name: string) {
    this.name = name;
  }

  scope(): Scope {
    return this.scopes.push();
  }

  /** Nothing is held here. */
  get stats(): DeviceStats {
    const bytes = { liveBytes: 0, peakBytes: 0, pooledBytes: 0 };
    return { liveBuffers: 0, ...bytes, dispatches: 0, submissions: 0, pipelines: 0 };
  }

  /** The element of input i, f32. */
  input(i: number): Tensor {
    const symbol = this.line({
      op: "input",
      wgsl: "",
      truth: false,
      bool: false,
      args: [],
      input: i,
    });
    return Tensor.symbolic(this, { shape: [], dtype: "f32" }, `input ${i}`, symbol);
  }

  /** @throws FuseError for an op that does not compute element by element. */
  write<A extends object>(
    definition: Definition<A>,
    inputs: object,
    attrs: A,
    { shape, dtype }: TensorSpec,
  ): Expression {
    const { name, each } = definition;
    if (!each) {
      throw new FuseError(
        `${this.name}: ${name} cannot be fused. Only ops whose result has each element from the ` +
          `same element of their inputs can; call ${name} outside, on what goes in or comes out.`,
      );
    }
    if (shape.length > 0) {
      throw new FuseError(
        `${this.name}: ${name} got a shape, ${showShape(shape)}. Inside, a tensor is a single ` +
          "element of shape []; reshape what goes in or comes out.",
      );
    }
    const { wgsl, truth = false } = each;
    const bool = dtype === "bool";
    const tensors = Object.entries(inputs).filter(([, x]) => x instanceof Tensor);
    const args = [
      ...tensors.map(([key, x]): Argument => {
        const value = expressionOf(x as Tensor);
        return { name: key, value, bool: value.bool };
      }),
      ...Object.entries(each.numbers?.(attrs) ?? {}).map(
        ([key, value]): Argument => ({ name: key, value, bool: bool && !truth }),
      ),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.line({ op: name, wgsl, truth, bool, args });
  }

  /** The line that says this, the one before it where there is one. */
  private line(content: Omit<Expression, "id">): Expression {
    const { op, args, input } = content;
    const shown = args.map(({ name, value }) => `${name}=${argumentKey(value)}`);
    const key = `${op} ${input ?? ""} ${shown.join(" ")}`;
    const known = this.lines.get(key);
    if (known) return known;
    const made = { ...content, id: this.lines.size };
    this.lines.set(key, made);
    return made;
  }
}

/** What was written down for a tensor of a symbolic device. */
export function expressionOf(x: Tensor): Expression {
  return x.symbol as Expression;
}

/** A number is told from a line, and −0 from 0. */
function argumentKey(value: Expression | number): string {
  if (typeof value !== "number") return `line ${value.id}`;
  return Object.is(value, -0) ? "-0" : String(value);
}
