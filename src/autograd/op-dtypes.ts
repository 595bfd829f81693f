/** Which element types an op's inputs have: checked here, for every op alike. */
import { DtypeError, UsageError } from "../errors.js";
import type { Dtype } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";

interface Typed<K extends string> {
  readonly name: string;
  readonly dtypes?: { readonly [name in K]?: Dtype };
  readonly elements?: readonly Dtype[];
}

/** The element type that the inputs without one of their own have in common. */
export function elementOf<K extends string>(
  definition: Typed<K>,
  names: readonly K[],
  given: readonly (Tensor | undefined)[],
): Dtype {
  const { name: op, dtypes, elements = ["f32"] } = definition;
  let first: { readonly name: K; readonly dtype: Dtype } | undefined;
  names.forEach((name, i) => {
    const dtype = given[i]?.dtype;
    if (dtype === undefined) return;
    const own = dtypes?.[name];
    checkElement(op, name, dtype, own ? [own] : elements);
    if (own) return;
    first ??= { name, dtype };
    if (first.dtype === dtype) return;
    throw new DtypeError(
      `${op}: ${first.name} is ${first.dtype} and ${name} is ${dtype}. ` +
        `Make them alike with cast(${name}, "${first.dtype}").`,
    );
  });
  return first?.dtype ?? "f32";
}

function checkElement(op: string, name: string, got: Dtype, allowed: readonly Dtype[]): void {
  if (allowed.includes(got)) return;
  const [want] = allowed;
  const expected = allowed.length === 1 ? want : `one of ${allowed.join(", ")}`;
  throw new DtypeError(
    `${op}: ${name} is ${got}, expected ${expected}. Convert it with cast(${name}, "${want}").`,
  );
}

/** @throws UsageError where an input is no tensor at all; one that may be absent may be undefined. */
export function assertTensors(
  op: string,
  inputs: Readonly<Record<string, unknown>>,
  optional: readonly string[] = [],
): void {
  for (const [name, x] of Object.entries(inputs)) {
    if (x instanceof Tensor || (x === undefined && optional.includes(name))) continue;
    const what = x === null ? "null" : Array.isArray(x) ? "a list" : typeof x;
    throw new UsageError(
      `${op}: ${name} is ${what}, not a tensor. Make one with tensor(device, values).`,
    );
  }
}
