/** Compares the gradients of parameters with central differences, in float64. */
import { expect } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import { valueAndGradOf } from "../../src/nn/module.js";
import type { Parameter } from "../../src/nn/parameter.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { uniform } from "../random.js";

export interface DifferencesOptions {
  /** Entries checked of each parameter, drawn at random. Default 3. */
  readonly entries?: number;
  /** Relative to max(1, |numeric|). Default 1e-6. */
  readonly tolerance?: number;
}

export function expectParameterGradients(
  parameters: ReadonlyMap<string, Parameter>,
  loss: () => Tensor,
  { entries = 3, tolerance = 1e-6 }: DifferencesOptions = {},
): void {
  const next = uniform(5);
  const first = [...parameters.values()][0]?.value.device;
  if (!(first instanceof ReferenceDevice)) throw new Error("differences need a reference device");
  using _scope = first.scope();
  const { grads } = valueAndGradOf(parameters, loss);
  for (const [name, { value }] of parameters) {
    for (let k = 0; k < Math.min(entries, value.size); k++) {
      const index = Math.floor(next() * value.size);
      const numeric = slope(value, index, loss);
      const analytic = grads.get(name)?.reference.flat(index) ?? Number.NaN;
      const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(numeric));
      const what = `${name}[${index}]: gradient ${analytic}, differences ${numeric}`;
      expect(error, what).toBeLessThanOrEqual(tolerance);
    }
  }
}

/** Moves one value in place, there and back. */
function slope(x: Tensor, index: number, loss: () => Tensor): number {
  using _scope = x.device.scope();
  const { data } = x.reference;
  const middle = data[index] ?? 0;
  const h = 1e-5 * Math.max(1, Math.abs(middle));
  const at = (value: number): number => {
    data[index] = value;
    return loss().reference.flat(0);
  };
  const numeric = (at(middle + h) - at(middle - h)) / (2 * h);
  data[index] = middle;
  return numeric;
}
