/**
 * Hessian-vector products: the pullback of the gradient, for H is symmetric.
 *
 *     hvp(f, x, v)          H v = d/dt ∇f(x + t v) at t = 0,   H = ∂²f / ∂x ∂x
 *
 * H is never made: a product costs about as much as two gradients. Source: Pearlmutter, "Fast exact
 * multiplication by the Hessian" (1994).
 */
import { known } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { routeTo, type Seed } from "./backward.js";
import { cotangents, differentiate, nodesOf } from "./grad.js";
import { checkDirections } from "./jvp.js";
import { track } from "./tape.js";

/**
 * The Hessian of a function with one value, over all inputs together, times `vectors`.
 *
 * @param vectors one for each input, of its shape.
 * @returns one tensor for each input, of its shape; everything else is freed.
 * @throws ShapeError when vectors and inputs do not pair; GradientError when f has more than one
 * value, or when an op has no second derivative.
 */
export function hvp(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  vectors: readonly Tensor[],
): Tensor[] {
  const device = checkDirections("hvp", inputs, vectors);
  using scope = device.scope();
  const leaves = inputs.map(track);
  const { grads } = differentiate(leaves, (inner) => f(...inner));
  const route = routeTo(nodesOf(leaves), grads);
  const seeds = grads.map((g, i): Seed => [g, known(vectors, i)]);
  const products = cotangents(route, seeds, leaves);
  for (const product of products) scope.keep(product);
  if (route.nested || vectors.some((v) => v.tape !== undefined)) scope.keepAll();
  return products;
}
