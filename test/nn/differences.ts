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

/**
 * All parameters at once: along a random direction v, the slope of the loss is ⟨gradient, v⟩. Two
 * evaluations cover the whole model, at float64's sharpness.
 */
export function expectDirectionalGradient(
  parameters: ReadonlyMap<string, Parameter>,
  loss: () => Tensor,
  { directions = 3, tolerance = 1e-6 } = {},
): void {
  const next = uniform(6);
  const slots = [...parameters];
  const { device } = slots[0]?.[1].value ?? {};
  using _scope = device?.scope();
  const { grads } = valueAndGradOf(parameters, loss);
  for (let k = 0; k < directions; k++) {
    const v = slots.map(([, { value }]) => value.reference.data.map(() => 2 * next() - 1));
    const start = slots.map(([, { value }]) => value.reference.data.slice());
    const at = (h: number): number => {
      using _inner = device?.scope();
      slots.forEach(([, { value }], i) => {
        value.reference.data.set(start[i]?.map((x, j) => x + h * (v[i]?.[j] ?? 0)) ?? []);
      });
      return loss().reference.flat(0);
    };
    const numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
    at(0);
    const analytic = slots
      .map(([name], i) => grads.get(name)?.reference.data.map((g, j) => g * (v[i]?.[j] ?? 0)))
      .reduce((sum, part) => sum + (part?.reduce((a, b) => a + b, 0) ?? Number.NaN), 0);
    const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(numeric));
    const what = `direction ${k}: gradient ${analytic}, differences ${numeric}`;
    expect(error, what).toBeLessThanOrEqual(tolerance);
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
