/**
 * Recomputation: memory for time (Griewank 1992; Chen et al., "Training deep nets with sublinear
 * memory cost", 2016).
 *
 *     y = f(x)          kept: x and y          backward: f runs again, then dx = dyᵀ ∂f/∂x
 *
 * A chain of n layers keeps n inputs instead of every intermediate, for one more forward pass.
 * Randomness is an argument here (keys), so that the second run draws the same numbers as the
 * first, and gradients are the same bit for bit (where an input is used in more than two places,
 * the summands meet in another order, and the last bit may differ).
 */
import { GradientError } from "../errors.js";
import { known, sameShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { routeTo } from "./backward.js";
import { assertClosed } from "./custom-vjp.js";
import { cotangents, nodesOf, stopGradient } from "./grad.js";
import { parentsOf, TapeNode, track } from "./tape.js";

/** Where a parameter lives: `nn`'s Parameter is one. */
export interface CheckpointSlot {
  value: Tensor;
}

/**
 * f(inputs), of which the backward pass remembers the inputs alone.
 *
 *     y = checkpoint((h) => block.forward(h), [x], block.parameters());
 *
 * @param inputs tensors of any shape, alive until the backward pass; integers are passed on.
 * @param parameters slots that f reads: they count as inputs. Whatever else is tracked must be an
 * input.
 * @returns a tensor of the shape of f(inputs).
 * @throws GradientError when f reads a tracked tensor that it was not given, or gives another shape
 * when it runs again.
 */
export function checkpoint(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  parameters: ReadonlyMap<string, CheckpointSlot> = new Map(),
): Tensor {
  const slots = [...parameters.values()];
  const all = [...inputs, ...slots.map((slot) => slot.value)];
  const device = all[0]?.device;
  if (!device) throw new GradientError("checkpoint: no input was given. Give at least one.");
  const run = (tensors: readonly Tensor[]): Tensor =>
    withValues(slots, tensors.slice(inputs.length), () => f(...tensors.slice(0, inputs.length)));
  using scope = device.scope();
  const value = run(all.map(stopGradient));
  assertClosed("checkpoint", value);
  const parents = parentsOf(all);
  const shapes = all.map((x) => x.shape);
  const tape = parents.some((p) => p !== undefined)
    ? new TapeNode("checkpoint", parents, shapes, (dy, wanted, higherOrder) =>
        pullBack(run, all, dy, wanted, higherOrder),
      )
    : undefined;
  return scope.keep(value.alias({ tape, label: "checkpoint" }));
}

/** Runs again, records this time, and walks back at once. */
function pullBack(
  run: (tensors: readonly Tensor[]) => Tensor,
  all: readonly Tensor[],
  dy: Tensor,
  wanted: readonly boolean[],
  higherOrder: boolean,
): (Tensor | undefined)[] {
  using scope = dy.device.scope();
  const past = (x: Tensor): Tensor => (higherOrder ? x : stopGradient(x));
  const again = all.map((x, i) => (wanted[i] ? track(past(x)) : past(x)));
  const out = run(again);
  if (!sameShape(out.shape, dy.shape)) {
    throw new GradientError(
      `checkpoint: the function gave ${showShape(dy.shape)} at first and ` +
        `${showShape(out.shape)} when it ran again. Give it everything it depends on as inputs.`,
    );
  }
  const leaves = again.filter((_, i) => wanted[i]);
  const grads = cotangents(routeTo(nodesOf(leaves), [out]), [[out, past(dy)]], leaves);
  for (const dx of grads) scope.keep(dx);
  if (higherOrder) scope.keepAll();
  return all.map((_, i) => (wanted[i] ? grads.shift() : undefined));
}

/** Runs `f` with other tensors in the slots; puts the old ones back in any case. */
function withValues(
  slots: readonly CheckpointSlot[],
  values: readonly Tensor[],
  f: () => Tensor,
): Tensor {
  const before = slots.map((slot) => slot.value);
  const fill = (tensors: readonly Tensor[]): void => {
    slots.forEach((slot, i) => {
      slot.value = known(tensors, i);
    });
  };
  fill(values);
  try {
    return f();
  } finally {
    fill(before);
  }
}
