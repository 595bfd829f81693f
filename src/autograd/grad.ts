/**
 * Derivatives of functions of tensors.
 *
 *     grad(f)(x)              ∇f, for f with one value
 *     valueAndGrad(f)(x)      f(x) and ∇f
 *     vjp(f, x)               f(x) and dy ↦ dyᵀ J
 *     stopGradient(x)         x, without its past
 */
import { GradientError, ShapeError } from "../errors.js";
import { scalar, zeros } from "../tensor/create.js";
import { sameShape, showShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { backward, type Route, routeTo, type Seed } from "./backward.js";
import { broadcastTo } from "./cotangent.js";
import { nodeOf, type TapeNode, track } from "./tape.js";

/** What a loss may return beside its value: tensors to log. They carry no gradient. */
export interface LossWithAux<Aux> {
  readonly loss: Tensor;
  readonly aux: Aux;
}

type TensorList = readonly Tensor[];

/**
 * The same value; no derivative flows through it.
 * Shares storage with x.
 */
export function stopGradient(x: Tensor): Tensor {
  return x.alias({ tape: undefined });
}

/**
 * f(inputs) and its pullback: a cotangent of the value's shape ↦ one cotangent per input. The
 * pullback can be called again, and differentiated.
 * What the forward pass made stays alive for the pullback: wrap both in a scope.
 * @throws ShapeError when a cotangent has another shape than the value; GradientError where an op
 * on the way has no derivative.
 */
export function vjp(
  f: (...inputs: Tensor[]) => Tensor,
  ...inputs: TensorList
): { readonly value: Tensor; pullback(dy: Tensor): Tensor[] } {
  const leaves = inputs.map(track);
  const out = f(...leaves);
  const route = routeTo(nodesOf(leaves), [out]);
  return {
    value: route.nested ? out : stopGradient(out),
    pullback: (dy) => {
      if (!sameShape(dy.shape, out.shape)) {
        throw new ShapeError(
          `vjp: the cotangent is ${showShape(dy.shape)}, the function's value ` +
            `${showShape(out.shape)}. Give a cotangent of the value's shape.`,
        );
      }
      return cotangents(route, [[out, dy]], leaves);
    },
  };
}

/**
 * The loss, its aux and the gradients with respect to the given tensors. Everything else that was
 * made on the way is freed.
 * @param f inputs → one value (shape [], or all sizes 1), or `{ loss, aux }` with tensors to log.
 * @returns value, and for each input a gradient of its shape: zeros where f does not depend on it.
 * @throws GradientError when f has more than one value, when no input was given, or where an op on
 * the way has no derivative.
 */
export function valueAndGrad<Aux = undefined>(
  f: (...inputs: Tensor[]) => Tensor | LossWithAux<Aux>,
): (...inputs: TensorList) => { value: Tensor; grads: Tensor[]; aux: Aux | undefined } {
  return (...inputs) => differentiate(inputs, (leaves) => f(...leaves));
}

/**
 * Gradients of a function with one value, one for each input.
 * @param f inputs → one value (shape [], or all sizes 1).
 * @returns for each input a gradient of its shape; everything else is freed.
 * @throws GradientError as valueAndGrad.
 */
export function grad(f: (...inputs: Tensor[]) => Tensor): (...inputs: TensorList) => Tensor[] {
  return (...inputs) => {
    const { value, grads } = valueAndGrad(f)(...inputs);
    value.dispose();
    return grads;
  };
}

/** The engine under `valueAndGrad`: `f` receives tracked views of `inputs`. */
export function differentiate<Aux>(
  inputs: TensorList,
  f: (leaves: Tensor[]) => Tensor | LossWithAux<Aux>,
): { value: Tensor; grads: Tensor[]; aux: Aux | undefined } {
  const device = inputs[0]?.device;
  if (!device) {
    throw new GradientError(
      "grad: no tensor was given to differentiate with respect to. Give at least one.",
    );
  }
  using scope = device.scope();
  const leaves = inputs.map(track);
  const result = f(leaves);
  const { loss, aux } = "loss" in result ? result : { loss: result, aux: undefined };
  if (loss.size !== 1) {
    throw new GradientError(
      `grad: the function returned ${showShape(loss.shape)}, not one value. ` +
        "Reduce it with sum or mean, or use vjp.",
    );
  }
  const seed = broadcastTo(scalar(device, 1), loss.shape);
  const route = routeTo(nodesOf(leaves), [loss]);
  const grads = cotangents(route, [[loss, seed]], leaves);
  const value = route.nested ? loss : stopGradient(loss);
  for (const x of [value, ...grads, ...tensorsIn(aux)]) scope.keep(x);
  if (route.nested) scope.keepAll();
  return { value, grads, aux };
}

/** The tape's nodes of tracked tensors. */
export function nodesOf(leaves: TensorList): ReadonlySet<TapeNode> {
  return new Set(leaves.map(nodeOf).filter((node) => node !== undefined));
}

/** One cotangent for each leaf: zeros where no result depends on it. */
export function cotangents(route: Route, seeds: readonly Seed[], leaves: TensorList): Tensor[] {
  const found = backward(route, seeds);
  return leaves.map((leaf) => {
    const node = nodeOf(leaf);
    return (node && found.get(node)) ?? zeros(leaf.device, leaf.shape, { label: "zero gradient" });
  });
}

function tensorsIn(aux: unknown): Tensor[] {
  if (aux instanceof Tensor) return [aux];
  if (typeof aux !== "object" || aux === null) return [];
  return Object.values(aux).flatMap(tensorsIn);
}
