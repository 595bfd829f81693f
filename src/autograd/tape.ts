/** The tape: each op with a tracked input leaves a node that knows its parents and its vjp. */
import { FLOATS } from "../tensor/dtype.js";
import type { Shape } from "../tensor/shape.js";
import type { TapeHandle, Tensor } from "../tensor/tensor.js";

/**
 * Cotangents of a node's inputs. `wanted[i]` says whether input i needs one;
 * `higherOrder` whether the backward pass itself must be differentiable.
 */
export type Pullback = (
  dy: Tensor,
  wanted: readonly boolean[],
  higherOrder: boolean,
) => readonly (Tensor | undefined)[];

/** One recorded op, or a leaf (no parents). */
export class TapeNode implements TapeHandle {
  readonly op: string;
  readonly parents: readonly (TapeNode | undefined)[];
  readonly shapes: readonly Shape[];
  readonly pullback: Pullback;

  constructor(
    op: string,
    parents: readonly (TapeNode | undefined)[],
    shapes: readonly Shape[],
    pullback: Pullback,
  ) {
    this.op = op;
    this.parents = parents;
    this.shapes = shapes;
    this.pullback = pullback;
  }
}

/** The node that made `x`, if a derivative may be asked of it. */
export function nodeOf(x: Tensor): TapeNode | undefined {
  return x.tape instanceof TapeNode ? x.tape : undefined;
}

/** Nodes of inputs; integers and truth values have none, for nothing differentiates by them. */
export function parentsOf(inputs: readonly Tensor[]): (TapeNode | undefined)[] {
  return inputs.map((x) => (FLOATS.includes(x.dtype) ? nodeOf(x) : undefined));
}

/** A view of `x` from which derivatives can be asked. Chains to the tape that `x` is already on. */
export function track(x: Tensor): Tensor {
  const parent = nodeOf(x);
  const tape = new TapeNode("leaf", parent ? [parent] : [], [x.shape], (dy) => [dy]);
  return x.alias({ tape });
}
