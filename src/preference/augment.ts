/**
 * What a generator does to a picture, done to training pictures, so that a scorer keeps its meaning
 * on generated ones and changes smoothly with the pixels:
 *
 *     y = gain_c · ((1 − b) x + b blur(x)) + shift_c,      blur = [1 2 1]ᵀ[1 2 1] / 16
 *     out = y + σ ε,     b ~ U[0, blur],  gain − 1 ~ U[±gain],  shift ~ U[±shift],  σ ~ U[0, noise]
 *
 * b and σ are drawn once for a picture, gain and shift for each of its channels.
 */
import type { Device } from "../device/types.js";
import { add, mul } from "../ops/binary.js";
import { randomNormal } from "../ops/random.js";
import { reshape } from "../ops/reshape.js";
import { tensor } from "../tensor/create.js";
import type { Key } from "../tensor/key.js";
import type { Tensor } from "../tensor/tensor.js";

/** How far pictures are changed before a scorer sees them: see the header. */
export interface Augmentation {
  /** Largest standard deviation of the noise; pictures span [−1, 1]. */
  readonly noise: number;
  /** Largest share of the blurred picture. */
  readonly blur: number;
  readonly gain: number;
  readonly shift: number;
}

/** What both scorers are trained with. */
export const AUGMENTATION: Augmentation = { noise: 0.3, blur: 1, gain: 0.08, shift: 0.06 };

/** Square pictures of three channels, row-major [n, 3, side, side]. */
export interface Pictures {
  readonly images: Float32Array;
  readonly n: number;
  readonly side: number;
}

/** What the host computes of augmented pictures: values of inputs of a captured step. */
export type AugmentedValues = Readonly<{
  /** The pictures, blurred and coloured. */
  pixels: Float32Array;
  /** σ of each. */
  sigma: Float32Array;
  /** The words of the key of ε. */
  noise: Uint32Array;
}>;

/** → [n, 3, side, side] on the device */
export function augment(
  device: Device,
  pictures: Pictures,
  key: Key,
  settings: Augmentation = AUGMENTATION,
): Tensor {
  const { pixels, sigma, noise } = augmentedValues(pictures, key, settings);
  const on = (values: Float32Array | Uint32Array): Tensor => tensor(device, values);
  return noisy({ pixels: on(pixels), sigma: on(sigma), noise: on(noise) }, pictures.side);
}

/** The host's part. */
export function augmentedValues(
  { images, n, side }: Pictures,
  key: Key,
  settings: Augmentation,
): AugmentedValues {
  const [hostKey, noiseKey, sigmaKey] = key.split(3) as [Key, Key, Key];
  const soft = Float32Array.from(images);
  for (let i = 0; i < n; i++) {
    const picture = soft.subarray(i * 3 * side * side, (i + 1) * 3 * side * side);
    soften(picture, side, hostKey.fold(i), settings);
  }
  const sigma = Float32Array.from({ length: n }, (_, i) => settings.noise * sigmaKey.uniform(i));
  return { pixels: soft, sigma, noise: Uint32Array.from(noiseKey.words) };
}

/** The device's part: pixels [n · 3 · side · side], sigma [n], noise u32 [2] → [n, 3, side, side] */
export function noisy(
  { pixels, sigma, noise }: Readonly<Record<keyof AugmentedValues, Tensor>>,
  side: number,
): Tensor {
  const n = sigma.size;
  const shape = [n, 3, side, side];
  const drawn = randomNormal(pixels.device, noise, shape);
  return add(reshape(pixels, shape), mul(drawn, reshape(sigma, [n, 1, 1, 1])));
}

/** Blur and colours of one picture [3, side, side], in place. */
function soften(picture: Float32Array, side: number, key: Key, settings: Augmentation): void {
  const { blur, gain, shift } = settings;
  const share = blur * key.uniform(0);
  for (let c = 0; c < 3; c++) {
    const channel = picture.subarray(c * side * side, (c + 1) * side * side);
    const blurred = blurChannel(channel, side);
    const scale = 1 + gain * (2 * key.uniform(1 + c) - 1);
    const offset = shift * (2 * key.uniform(4 + c) - 1);
    for (let i = 0; i < channel.length; i++) {
      const x = channel[i] ?? 0;
      channel[i] = scale * (x + share * ((blurred[i] ?? 0) - x)) + offset;
    }
  }
}

/** [1 2 1] / 4 along both axes; the border pixel stands for what lies beyond it. */
function blurChannel(x: Float32Array, side: number): Float32Array {
  return blurAlong(blurAlong(x, side, 1), side, side);
}

function blurAlong(x: Float32Array, side: number, stride: number): Float32Array {
  const last = side - 1;
  return x.map((v, i) => {
    const at = Math.floor(i / stride) % side;
    const before = at === 0 ? v : (x[i - stride] ?? v);
    const after = at === last ? v : (x[i + stride] ?? v);
    return (before + 2 * v + after) / 4;
  });
}
