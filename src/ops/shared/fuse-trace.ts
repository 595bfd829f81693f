/** Calls a function of elements on symbols, once, and keeps what it wrote down. */
import { backward, routeTo } from "../../autograd/backward.js";
import { nodesOf } from "../../autograd/grad.js";
import { type Expression, expressionOf, SymbolicDevice } from "../../autograd/symbolic.js";
import { track } from "../../autograd/tape.js";
import { FuseError } from "../../errors.js";
import { known, showShape } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { mul } from "../binary.js";

/** A function of elements, made of elementwise ops. */
export type ElementFunction = (...x: Tensor[]) => Tensor;

/**
 * What each of the functions computes, on the same symbols.
 * @throws FuseError where a function does what no kernel of elements can.
 */
export function writeDown(
  title: string,
  functions: readonly ElementFunction[],
  inputs: number,
): readonly Expression[] {
  const device = new SymbolicDevice(title);
  using _scope = device.scope();
  const symbols = Array.from({ length: inputs }, (_, i) => device.input(i));
  return functions.map((f) => {
    const y: unknown = f(...symbols);
    if (!(y instanceof Tensor)) {
      throw new FuseError(`${title}: the function returned ${typeof y}. Return a tensor.`);
    }
    if (y.device !== device) {
      throw new FuseError(
        `${title}: the function returned a tensor that does not come from its inputs. ` +
          "Compute the result from the parameters.",
      );
    }
    if (y.shape.length > 0) {
      throw new FuseError(
        `${title}: the function returned shape ${showShape(y.shape)}, and inside a tensor is a ` +
          "single element of shape []. Reshape what goes in or comes out.",
      );
    }
    if (y.dtype === "bool") {
      throw new FuseError(
        `${title}: the function returned truth values. Choose numbers by them: where(y, 1, 0).`,
      );
    }
    return expressionOf(y);
  });
}

/** (x, …, dy) ↦ dy ⊙ ∂f/∂x_i, by the derivatives of the rows that f is made of. */
export function cotangentOf(f: ElementFunction, i: number): ElementFunction {
  return (...given) => {
    const dy = known(given, given.length - 1);
    const inputs = given.slice(0, -1);
    const leaf = track(known(inputs, i));
    const out = f(...inputs.map((x, k) => (k === i ? leaf : x)));
    const nodes = nodesOf([leaf]);
    const [found] = backward(routeTo(nodes, [out]), [[out, dy]]).values();
    return found ?? mul(dy, 0);
  };
}
