/**
 * A module is an object whose fields are parameters and modules; the path of fields to a parameter
 * is its name in a checkpoint.
 */
import { differentiate, type LossWithAux } from "../autograd/grad.js";
import type { Tensor } from "../tensor/tensor.js";
import { Parameter } from "./parameter.js";

/** Base of layers and models: see the header. */
export abstract class Module {
  /** All parameters by name, in the order of the fields. */
  parameters(): Map<string, Parameter> {
    const found = new Map<string, Parameter>();
    collect(this, "", found);
    return found;
  }

  /** Frees every parameter. */
  dispose(): void {
    for (const parameter of this.parameters().values()) parameter.value.dispose();
  }
}

/** Joins the parameters of several modules under one prefix each: `{ unet, text_encoder }`. */
export function joinParameters(modules: Readonly<Record<string, Module>>): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  for (const [prefix, module] of Object.entries(modules)) collect(module, `${prefix}.`, found);
  return found;
}

function collect(value: unknown, prefix: string, found: Map<string, Parameter>): void {
  if (value instanceof Parameter) {
    found.set(prefix.slice(0, -1), value);
  } else if (value instanceof Module || Array.isArray(value)) {
    for (const [name, field] of Object.entries(value)) collect(field, `${prefix}${name}.`, found);
  }
}

/**
 * A loss and its gradients with respect to parameters. Parameters that are not listed are frozen:
 * gradient passes through them to what lies below, and none is computed for them.
 * @param loss → one value, or `{ loss, aux }`; it reads the parameters through their slots.
 * @returns the loss, and for each parameter a gradient of its shape, under its name.
 * @throws GradientError as valueAndGrad.
 */
export function valueAndGradOf<Aux = undefined>(
  parameters: ReadonlyMap<string, { value: Tensor }>,
  loss: () => Tensor | LossWithAux<Aux>,
): { value: Tensor; grads: Map<string, Tensor>; aux: Aux | undefined } {
  const slots = [...parameters.values()];
  const originals = slots.map((slot) => slot.value);
  const result = differentiate(originals, (leaves) => {
    slots.forEach((slot, i) => {
      slot.value = leaves[i] ?? slot.value;
    });
    try {
      return loss();
    } finally {
      slots.forEach((slot, i) => {
        slot.value = originals[i] ?? slot.value;
      });
    }
  });
  const names = [...parameters.keys()];
  const grads = new Map(result.grads.map((grad, i) => [names[i] ?? "", grad] as const));
  return { value: result.value, grads, aux: result.aux };
}
