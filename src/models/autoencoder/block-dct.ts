/**
 * A fixed, linear autoencoder in the manner of JPEG (Wallace 1992): blocks of b × b pixels become
 * the cosines that carry most of them, in opponent colours. It stands where a learned VAE stands in
 * a large model.
 *
 *     z[n, (a, p, q), i, j] = Σ_{c,u,v} O[a, c] C[p, u] C[q, v] x[n, c, b i + u, b j + v]
 *     C[p, u] = √((p ? 2 : 1) / b) cos(π (2u + 1) p / 2b)         O: grey, red − blue, green − others
 *
 * Of colour axis a the first `diagonals[a]` diagonals p + q = 0, 1, … are kept. All rows are
 * orthonormal: white noise stays white, decoding is the transpose, and with all 2b − 1 diagonals
 * nothing is lost.
 */
import { ShapeError, UsageError } from "../../errors.js";
import { conv2d } from "../../ops/conv2d.js";
import { permute } from "../../ops/permute.js";
import { reshape } from "../../ops/reshape.js";
import { tensor } from "../../tensor/create.js";
import { showShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { depthToSpace } from "./space-to-depth.js";

export interface BlockDctConfig {
  /** Side of the pixel blocks, b. */
  readonly block: number;
  /** Diagonals of cosines kept of each colour axis, 1 to 2b − 1: [grey, red − blue, green]. */
  readonly diagonals: readonly number[];
}

const OPPONENT = [
  [1, 1, 1].map((v) => v / Math.sqrt(3)),
  [1, 0, -1].map((v) => v / Math.sqrt(2)),
  [1, -2, 1].map((v) => v / Math.sqrt(6)),
];

/** Channels of z: the (a, p, q) that are kept, low frequencies first. */
function keptCosines({ block, diagonals }: BlockDctConfig): readonly (readonly number[])[] {
  if (diagonals.length !== OPPONENT.length) {
    throw new UsageError(
      `block DCT: diagonals has ${diagonals.length} entries. Give one for each of the ${OPPONENT.length} colour axes.`,
    );
  }
  return diagonals.flatMap((diagonal, a) =>
    Array.from({ length: Math.min(diagonal, 2 * block - 1) }, (_, d) => d).flatMap((d) =>
      Array.from({ length: d + 1 }, (_, p) => [a, p, d - p] as const).filter(
        ([, p, q]) => p < block && q < block,
      ),
    ),
  );
}

/** How many channels a picture of three colours becomes. */
export function latentChannels(config: BlockDctConfig): number {
  return keptCosines(config).length;
}

/** The rows of the transform: [K, 3, b, b], orthonormal. */
function basis(config: BlockDctConfig): Float32Array {
  const { block: b } = config;
  const cosine = (p: number, u: number): number =>
    Math.sqrt((p ? 2 : 1) / b) * Math.cos((Math.PI * (2 * u + 1) * p) / (2 * b));
  const side = Array.from({ length: b }, (_, u) => u);
  const rows = keptCosines(config).map(([a = 0, p = 0, q = 0]) =>
    (OPPONENT[a] ?? []).map((o) =>
      side.map((u) => side.map((v) => o * cosine(p, u) * cosine(q, v))),
    ),
  );
  return Float32Array.from(rows.flat(4));
}

/** x [N, 3, H, W] → z [N, K, H/b, W/b] */
export function encode(x: Tensor, config: BlockDctConfig): Tensor {
  const { block: b } = config;
  const [, c = 1, h = 1, w = 1] = x.shape;
  if (x.rank !== 4 || c !== 3 || h % b !== 0 || w % b !== 0) {
    throw new ShapeError(
      `encode: x ${showShape(x.shape)} does not divide into blocks of ${b} × ${b}. ` +
        `Give [N, 3, H, W] with H and W multiples of ${b}.`,
    );
  }
  const rows = tensor(x.device, basis(config), [latentChannels(config), 3, b, b]);
  return conv2d(x, rows, { stride: b });
}

/** z [N, K, H, W] → x [N, 3, H·b, W·b] */
export function decode(z: Tensor, config: BlockDctConfig): Tensor {
  const { block: b } = config;
  const k = z.shape[1] ?? 1;
  const channels = latentChannels(config);
  if (z.rank !== 4 || k !== channels) {
    throw new ShapeError(
      `decode: z ${showShape(z.shape)} is not made of ${channels} cosines. Give [N, ${channels}, H, W].`,
    );
  }
  const rows = reshape(tensor(z.device, basis(config), [k, 3 * b * b]), [k, 3 * b * b, 1, 1]);
  const pixels = conv2d(z, permute(rows, [1, 0, 2, 3]));
  return depthToSpace(pixels, b);
}
