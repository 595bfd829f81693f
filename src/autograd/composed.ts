/**
 * The vjp of a fused kernel by way of ops: when f computes the same as the kernel and is made of
 * ops, the derivatives of f are the kernel's, to any order.
 *
 *     vjp: ({ x, dy }, g) => composedVjp({ x, dy }, g, ({ x, dy }) => …)
 *
 * Slow: f runs anew. For kernels that are themselves gradients, and of which only higher orders ask
 * for a derivative.
 */
import { known } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { vjp } from "./grad.js";

/**
 * inputs by name, and a cotangent of f(inputs) → a thunk of the cotangent of each input.
 * For ops whose kernels have a hand-written derivative, and whose second derivative is that of the
 * same function made of ops.
 */
export function composedVjp<const K extends string>(
  inputs: Readonly<Record<K, Tensor>>,
  dy: Tensor,
  f: (inputs: Readonly<Record<K, Tensor>>) => Tensor,
): Readonly<Record<K, () => Tensor>> {
  const given = Object.entries<Tensor>(inputs);
  const named = <T>(values: readonly T[]): Readonly<Record<K, T>> =>
    Object.fromEntries(given.map(([name], i) => [name, values[i]])) as Record<K, T>;
  let found: readonly Tensor[] | undefined;
  const all = (): readonly Tensor[] => {
    found ??= vjp((...xs) => f(named(xs)), ...given.map(([, x]) => x)).pullback(dy);
    return found;
  };
  return named(given.map((_, i) => () => known(all(), i)));
}
