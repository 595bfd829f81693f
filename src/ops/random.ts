/**
 * Tensors of random numbers: a pure function of the key and of the element's flat index.
 *
 *     uniform:   upper 24 bits / 2²⁴                          in [0, 1)
 *     normal:    √(−2 ln u) (cos 2πv, sin 2πv)                for elements 2p and 2p + 1
 *     Bernoulli: 1 where a uniform number is below p
 *
 * Source: Box and Muller, "A note on the generation of random normal deviates" (1958).
 */
import { GpuDevice } from "../device/device.js";
import { ReferenceDevice } from "../device/reference.js";
import type { Device } from "../device/types.js";
import { CaptureError, ShapeError, UsageError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { type Key, STREAM, threefry } from "../tensor/key.js";
import { NdArray } from "../tensor/ndarray.js";
import { assertShape, type Shape, showShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { argsort } from "./sort.js";

const run = kernel("random", {
  pairs: "u32",
  key_0: "u32",
  key_1: "u32",
  stream: "u32",
  threshold: "u32",
});
const runKeyed = kernel("random.keyed", { pairs: "u32", stream: "u32", threshold: "u32" });

/**
 * A key, or its two words as a tensor u32 [2]: the input of a captured step, so that every replay
 * has numbers of its own. Both give the same numbers.
 */
export type RandomKey = Key | Tensor;

const KIND = { uniform: 0, normal: 1, bernoulli: 2, bits: 3 } as const;

interface Distribution {
  readonly kind: keyof typeof KIND;
  readonly label: string;
  /** Of a Bernoulli distribution: how many of 2²⁴ equally likely numbers give 1. */
  readonly threshold?: number;
}

/**
 * Numbers in [0, 1), the same float32 bits on every device.
 * @throws CaptureError for a Key inside a captured step: make it an input.
 */
export function randomUniform(device: Device, key: RandomKey, shape: Shape): Tensor {
  return random(device, key, shape, { kind: "uniform", label: "randomUniform" });
}

/**
 * Numbers of the standard normal distribution, the same on every device within 1e-5.
 * @throws CaptureError for a Key inside a captured step: make it an input.
 */
export function randomNormal(device: Device, key: RandomKey, shape: Shape): Tensor {
  return random(device, key, shape, { kind: "normal", label: "randomNormal" });
}

/**
 * 1 with probability p, else 0 (f32), the same on every device. p counts in steps of 2⁻²⁴.
 * @throws UsageError when p is no probability; CaptureError as randomUniform.
 */
export function randomBernoulli(device: Device, key: RandomKey, shape: Shape, p: number): Tensor {
  if (!(p >= 0 && p <= 1)) {
    throw new UsageError(`randomBernoulli: ${p} is no probability. Give p from 0 to 1.`);
  }
  const threshold = Math.round(p * 2 ** 24);
  return random(device, key, shape, { kind: "bernoulli", label: "randomBernoulli", threshold });
}

/**
 * All u32 with the same probability, the same on every device.
 * @throws CaptureError for a Key inside a captured step: make it an input.
 */
export function randomBits(device: Device, key: RandomKey, shape: Shape): Tensor {
  return random(device, key, shape, { kind: "bits", label: "randomBits" });
}

/**
 * u32 [n]: the numbers from 0 to n − 1 in random order, the same on every device. They are sorted by
 * 32 random bits each; of equal bits the smaller number comes first (for n = 4096 such a pair turns
 * up in one permutation of 500).
 * @throws CaptureError as randomUniform.
 */
export function randomPermutation(device: Device, key: RandomKey, n: number): Tensor {
  assertShape("randomPermutation", [n]);
  using scope = device.scope();
  return scope.keep(argsort(randomBits(device, key, [n])));
}

function random(device: Device, key: RandomKey, shape: Shape, distribution: Distribution): Tensor {
  const out = draw(device, key, shape, distribution);
  device.observer?.ran(distribution.label, key instanceof Tensor ? [key] : [], out);
  return out;
}

function draw(device: Device, key: RandomKey, shape: Shape, distribution: Distribution): Tensor {
  const { kind, label, threshold = 0 } = distribution;
  assertShape(label, shape);
  assertKey(label, device, key);
  const dtype = kind === "bits" ? "u32" : "f32";
  if (device instanceof ReferenceDevice) {
    const values = reference(wordsOf(key), shape, kind, threshold);
    return Tensor.fromReference(device, values, dtype, label);
  }
  const out = Tensor.allocate(device, { shape, dtype }, label);
  const pairs = Math.ceil(out.size / 2);
  const params = { pairs, stream: STREAM[kind], threshold };
  const overrides = { KIND: KIND[kind] };
  if (key instanceof Tensor) {
    runKeyed({ tensors: [key, out], params, items: pairs, overrides });
  } else {
    const [key_0, key_1] = key.words;
    run({ tensors: [out], params: { ...params, key_0, key_1 }, items: pairs, overrides });
  }
  return out;
}

/** Refuses what is no key, and a key that a captured step would repeat at every replay. */
export function assertKey(label: string, device: Device, key: RandomKey): void {
  if (key instanceof Tensor) {
    if (key.dtype === "u32" && key.size === 2) return;
    throw new ShapeError(
      `${label}: the key is ${key.dtype} ${showShape(key.shape)}, expected u32 [2]. ` +
        "Make it from a Key: tensor(device, Uint32Array.from(key.words)).",
    );
  }
  if (!(device instanceof GpuDevice) || !device.capturing) return;
  throw new CaptureError(
    `${label}: ${key} is a constant inside a captured step, which would draw the same numbers at ` +
      "every replay. Make the key an input of the step: Uint32Array.from(key.words).",
  );
}

function wordsOf(key: RandomKey): Pair {
  if (!(key instanceof Tensor)) return key.words;
  return [key.reference.flat(0), key.reference.flat(1)];
}

type Pair = readonly [number, number];

function reference(
  key: Pair,
  shape: Shape,
  kind: Distribution["kind"],
  threshold: number,
): NdArray {
  const out = new NdArray(shape);
  const pairs = {
    uniform: uniforms,
    normal: normals,
    bernoulli: (bits: Pair) => bits.map((word) => (word >>> 8 < threshold ? 1 : 0)),
    bits: (bits: Pair) => [...bits],
  };
  for (let i = 0; i < out.size; i += 2) {
    const values = pairs[kind](threefry(key, [i / 2, STREAM[kind]]));
    out.data.set(values.slice(0, out.size - i), i);
  }
  return out;
}

function uniforms([a, b]: Pair): number[] {
  return [(a >>> 8) / 2 ** 24, (b >>> 8) / 2 ** 24];
}

function normals([a, b]: Pair): number[] {
  const radius = Math.sqrt(-2 * Math.log(((a >>> 8) + 1) / 2 ** 24));
  const angle = (2 * Math.PI * (b >>> 8)) / 2 ** 24;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
