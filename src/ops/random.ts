/**
 * Tensors of random numbers: a pure function of the key and of the element's flat index.
 *
 *     uniform:  upper 24 bits / 2²⁴                          in [0, 1)
 *     normal:   √(−2 ln u) (cos 2πv, sin 2πv)                for elements 2p and 2p + 1
 *
 * Source: Box and Muller, "A note on the generation of random normal deviates" (1958).
 */
import { ReferenceDevice } from "../device/reference.js";
import type { Device } from "../device/types.js";
import { kernel } from "../shaders/kernel.js";
import { type Key, STREAM, threefry } from "../tensor/key.js";
import { NdArray } from "../tensor/ndarray.js";
import { assertShape, type Shape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";

const run = kernel("random", { pairs: "u32", key_0: "u32", key_1: "u32", stream: "u32" });

type Distribution = "uniform" | "normal";

/** Numbers in [0, 1), the same float32 bits on every device. */
export function randomUniform(device: Device, key: Key, shape: Shape): Tensor {
  return random(device, key, shape, "uniform");
}

/** Numbers of the standard normal distribution, the same on every device within 1e-5. */
export function randomNormal(device: Device, key: Key, shape: Shape): Tensor {
  return random(device, key, shape, "normal");
}

function random(device: Device, key: Key, shape: Shape, kind: Distribution): Tensor {
  const label = kind === "normal" ? "randomNormal" : "randomUniform";
  assertShape(label, shape);
  if (device instanceof ReferenceDevice) {
    return Tensor.fromReference(device, reference(key, shape, kind), "f32", label);
  }
  const out = Tensor.allocate(device, { shape, dtype: "f32" }, label);
  const [key_0, key_1] = key.words;
  const pairs = Math.ceil(out.size / 2);
  const params = { pairs, key_0, key_1, stream: STREAM[kind] };
  const overrides = { NORMAL: kind === "normal" ? 1 : 0 };
  run({ tensors: [out], params, groups: Math.ceil(pairs / 64), overrides });
  return out;
}

function reference(key: Key, shape: Shape, kind: Distribution): NdArray {
  const out = new NdArray(shape);
  const pair = kind === "normal" ? normals : uniforms;
  for (let i = 0; i < out.size; i += 2) {
    const values = pair(threefry(key.words, [i / 2, STREAM[kind]]));
    out.data.set(values.slice(0, out.size - i), i);
  }
  return out;
}

function uniforms([a, b]: readonly [number, number]): number[] {
  return [(a >>> 8) / 2 ** 24, (b >>> 8) / 2 ** 24];
}

function normals([a, b]: readonly [number, number]): number[] {
  const radius = Math.sqrt(-2 * Math.log(((a >>> 8) + 1) / 2 ** 24));
  const angle = (2 * Math.PI * (b >>> 8)) / 2 ** 24;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
