/**
 * Forward derivative, from reverse mode alone.
 *
 *     jvp(f, x, v)          f(x) and J v = d/dt f(x + t v) at t = 0
 *
 * The pullback u ↦ Jᵀ u is linear in u, and its own pullback is therefore v ↦ J v, whatever u: the
 * "double vjp trick" (Townsend, "A new trick for calculating Jacobian vector products", 2017). It
 * costs two backward passes, and asks of every op on the way that its derivative can be
 * differentiated again.
 */
import { GradientError, ShapeError } from "../errors.js";
import { zeros } from "../tensor/create.js";
import { known, sameShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { routeTo, type Seed } from "./backward.js";
import { cotangents, nodesOf, stopGradient } from "./grad.js";
import { track } from "./tape.js";

/**
 * f(inputs), and how it moves when input i moves along `tangents[i]`.
 *
 * @param tangents one for each input, of its shape.
 * @returns value and tangent, both of the shape of f(inputs); everything else is freed.
 * @throws ShapeError when tangents and inputs do not pair; GradientError without an input, or when
 * an op has no second derivative.
 */
export function jvp(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  tangents: readonly Tensor[],
): { readonly value: Tensor; readonly tangent: Tensor } {
  const device = checkDirections("jvp", inputs, tangents);
  using scope = device.scope();
  const leaves = inputs.map(track);
  const out = f(...leaves);
  const nodes = nodesOf(leaves);
  const route = routeTo(nodes, [out]);
  const u = track(zeros(device, out.shape, { label: "jvp" }));
  const pulled = cotangents(route, [[out, u]], leaves);
  const again = routeTo(nodesOf([u]), pulled, nodes);
  const seeds = pulled.map((x, i): Seed => [x, known(tangents, i)]);
  const [tangent = u] = cotangents(again, seeds, [u]);
  const nested = route.nested || tangents.some((v) => v.tape !== undefined);
  const result = nested
    ? { value: out, tangent }
    : { value: stopGradient(out), tangent: stopGradient(tangent) };
  scope.keep(result.value);
  scope.keep(result.tangent);
  if (nested) scope.keepAll();
  return result;
}

/** Throws unless there is one direction for each input, of its shape. Returns their device. */
export function checkDirections(
  name: string,
  inputs: readonly Tensor[],
  directions: readonly Tensor[],
): Tensor["device"] {
  const [first] = inputs;
  if (!first) {
    throw new GradientError(
      `${name}: no tensor was given to differentiate with respect to. Give at least one.`,
    );
  }
  if (inputs.length !== directions.length) {
    throw new ShapeError(
      `${name}: ${inputs.length} inputs and ${directions.length} directions were given. ` +
        "Give one direction for each input.",
    );
  }
  inputs.forEach(({ shape }, i) => {
    const direction = known(directions, i).shape;
    if (sameShape(shape, direction)) return;
    throw new ShapeError(
      `${name}: input ${i} is ${showShape(shape)}, its direction ${showShape(direction)}. ` +
        "Give a direction of the input's shape.",
    );
  });
  return first.device;
}
