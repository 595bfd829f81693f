/**
 * Where a model's parameters come from. The same constructors initialise, load or count:
 *
 *     new UNet2DConditionModel(initParams(device, Key.from(1)), config)
 *     new UNet2DConditionModel(loadParams(device, tensors), config)
 *     new UNet2DConditionModel(streamParams(device, file), config)
 *     new UNet2DConditionModel(countParams(), config)
 */
import type { Device } from "../device/types.js";
import { FormatError } from "../errors.js";
import { mul, sub } from "../ops/binary.js";
import { randomUniform } from "../ops/random.js";
import { full, tensor, type Values } from "../tensor/create.js";
import type { Key } from "../tensor/key.js";
import { assertRoom, type Planned, paddedBytes } from "../tensor/room.js";
import { type Shape, sameShape, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { Parameter } from "./parameter.js";

/** How a fresh parameter is drawn: uniform in ±bound, or a constant. */
export type Init = { readonly uniform: number } | { readonly constant: number };

/** A source of parameters, at some place of the model. */
export interface Params {
  /** The same source, one name further down the path. */
  at(name: string | number): Params;
  parameter(name: string, shape: Shape, init: Init): Parameter;
  /** How many tensors of its size the making of a parameter takes beside it. Default 0. */
  readonly temporaries?: number;
}

type Make = (path: string, shape: Shape, init: Init) => Tensor | undefined;

function source(make: Make, prefix = ""): Params {
  return {
    at: (name) => source(make, `${prefix}${name}.`),
    parameter: (name, shape, init) => {
      const path = `${prefix}${name}`;
      return new Parameter(path, shape, make(path, shape, init));
    },
  };
}

/** Fresh parameters. Each draws from the key folded with its name, so order does not matter. */
export function initParams(device: Device, key: Key): Params {
  const params = source((path, shape, init) => {
    const label = path;
    if ("constant" in init) return full(device, shape, init.constant, { label });
    using scope = device.scope();
    const u = randomUniform(device, key.fold(hash(path)), shape);
    return scope.keep(sub(mul(u, 2 * init.uniform), init.uniform));
  });
  return { ...params, temporaries: 2 };
}

/**
 * A model of `params`, if all of its parameters have room together.
 * @throws OutOfMemoryError with the numbers, before anything is allocated.
 */
export function buildModel<T>(device: Device, params: Params, build: (params: Params) => T): T {
  const planned: Planned[] = [];
  build(
    source((name, shape) => {
      planned.push({ name, shape, dtype: "f32" });
      return undefined;
    }),
  );
  const largest = planned.reduce((most, x) => Math.max(most, paddedBytes(x)), 0);
  const beside = (params.temporaries ?? 0) * largest;
  assertRoom("the model", device, planned, { beside, narrow: false });
  return build(params);
}

/** Parameters of a checkpoint that was read. */
export interface LoadedParams extends Params {
  /**
   * Call when every model is built.
   * @throws FormatError naming all tensors that were missing and all that nothing asked for.
   */
  finish(): void;
}

/** A tensor of a checkpoint, as the safetensors reader gives it. */
export interface StoredTensor {
  readonly shape: Shape;
  readonly values: Values;
}

/** Parameters from a checkpoint: by name, shapes checked. */
export function loadParams(
  device: Device,
  stored: ReadonlyMap<string, StoredTensor>,
  prefix = "",
): LoadedParams {
  const problems: string[] = [];
  const used = new Set<string>();
  const params = source((path, shape) => {
    const found = stored.get(path);
    used.add(path);
    if (!found) problems.push(`${path} is missing`);
    else if (!sameShape(found.shape, shape)) {
      problems.push(`${path} is ${showShape(found.shape)}, the model needs ${showShape(shape)}`);
    } else return tensor(device, found.values, shape, { label: path });
    return undefined;
  }, prefix);
  const finish = (): void => {
    const left = [...stored.keys()].filter((name) => name.startsWith(prefix) && !used.has(name));
    const all = [...problems, ...left.map((name) => `${name} belongs to nothing`)];
    if (all.length === 0) return;
    const more = all.length > 8 ? ` … and ${all.length - 8} more` : "";
    throw new FormatError(
      `The checkpoint does not fit the model: ${all.slice(0, 8).join("; ")}${more}. ` +
        "Use the config that was written beside the checkpoint.",
    );
  };
  return { ...params, finish };
}

/** What to load, and into what. `memoryLimit` is in bytes. */
export interface StreamOptions {
  /** What the names of the checkpoint begin with; others are left alone. */
  readonly prefix?: string;
  /** What floats become; default f32. */
  readonly dtype?: "f32" | "f16";
  /** Bytes that all live tensors of the device may take together, these included. */
  readonly memoryLimit?: number;
}

/** Where `streamParams` loads from: `openSafeTensors` of hitofude/node gives such a thing. */
export interface TensorSource {
  /** Loads exactly the tensors of these names and shapes, or throws and leaves nothing behind. */
  load(
    device: Device,
    wanted: ReadonlyMap<string, Shape>,
    options: StreamOptions,
  ): Promise<Map<string, Tensor>>;
}

/** Parameters that are filled in one by one, from a file. */
export interface StreamedParams extends Params {
  /**
   * Call when every model is built: until then its parameters have no values.
   * @throws FormatError naming all that does not fit, OutOfMemoryError with the numbers; both
   * before anything is allocated.
   */
  finish(): Promise<void>;
}

/** Parameters from a checkpoint that is too large to be held in memory beside the model. */
export function streamParams(
  device: Device,
  from: TensorSource,
  options: StreamOptions = {},
): StreamedParams {
  const asked: Parameter[] = [];
  const follow = (params: Params): Params => ({
    at: (name) => follow(params.at(name)),
    parameter: (name, shape, init) => {
      const parameter = params.parameter(name, shape, init);
      asked.push(parameter);
      return parameter;
    },
  });
  const finish = async (): Promise<void> => {
    const wanted = new Map(asked.map(({ name, shape }) => [name, shape] as const));
    const loaded = await from.load(device, wanted, options);
    for (const parameter of asked) {
      const value = loaded.get(parameter.name);
      if (value) parameter.value = value;
    }
  };
  return { ...follow(source(() => undefined, options.prefix)), finish };
}

/** Allocates nothing; for counting. */
export function countParams(): Params {
  return source(() => undefined);
}

/** How many values the parameters hold. */
export function parameterCount(parameters: Iterable<Parameter>): number {
  let count = 0;
  for (const { shape } of parameters) count += sizeOf(shape);
  return count;
}

/** FNV-1a, 32 bits: a stable number for a name. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const char of text) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return h;
}
