/**
 * Rows of a table, chosen by index.
 *
 *     y[i, :] = weight[ids[i], :]          dweight[v, :] = Σ_{i : ids[i] = v} dy[i, :]
 *
 * An id ≥ V reads row V − 1: a kernel cannot raise an error. Tokenizers check ids on the host.
 * Each of the two ops is the other's transpose.
 */
import { defineOp } from "../autograd/define-op.js";
import { ShapeError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { NdArray } from "../tensor/ndarray.js";
import { type Shape, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

const PARAMS = { count: "u32", rows: "u32", cols: "u32" } as const;
const gather = kernel("embedding", PARAMS);
const scatter = kernel("embedding.grad", PARAMS);

const op = defineOp({
  name: "embedding",
  inputs: ["weight", "ids"],
  saves: ["ids"],
  dtypes: { ids: "u32" },
  infer: ({ weight, ids }) => {
    const [rows, cols] = checkTable(weight.shape);
    if (rows === 0 && sizeOf(ids.shape) > 0) {
      throw new ShapeError(
        `embedding: the table ${showShape(weight.shape)} has no row for ${sizeOf(ids.shape)} ids. ` +
          "Give a table of at least one row.",
      );
    }
    return [...ids.shape, cols];
  },
  gpu: ({ weight, ids }, out) => {
    const params = { count: ids.size, rows: weight.dim(0), cols: weight.dim(1) };
    gather({ tensors: [weight, ids, out], params, groups: Math.ceil(out.size / 64) });
  },
  reference: ({ weight, ids }, _, { shape }) => {
    const [rows, cols] = checkTable(weight.shape);
    return new NdArray([ids.size, cols])
      .map((_v, i) => weight.at(clamp(ids.flat(Math.floor(i / cols)), rows), i % cols))
      .reshape(shape);
  },
  vjp: ({ ids, specs }, dy) => ({
    weight: () => embeddingGrad({ ids, dy }, { rows: specs.weight.shape[0] ?? 0 }),
  }),
});

/** weight [V, C], ids u32 [...] → [..., C]. */
export function embedding(weight: Tensor, ids: Tensor): Tensor {
  return op({ weight, ids }, {});
}

/** Deterministic: each element of the table looks through all ids, so nothing is added atomically. */
const embeddingGrad = defineOp({
  name: "embeddingGrad",
  inputs: ["ids", "dy"],
  saves: ["ids"],
  dtypes: { ids: "u32" },
  infer: ({ dy }, { rows }: { readonly rows: number }) => [rows, dy.shape.at(-1) ?? 1],
  gpu: ({ ids, dy }, out, { rows }) => {
    const params = { count: ids.size, rows, cols: out.dim(1) };
    scatter({ tensors: [ids, dy, out], params, groups: Math.ceil(out.size / 64) });
  },
  reference: ({ ids, dy }, { rows }, { shape }) => {
    const out = new NdArray(shape);
    const cols = out.dim(1);
    dy.data.forEach((v, i) => {
      const at = clamp(ids.flat(Math.floor(i / cols)), rows) * cols + (i % cols);
      out.data[at] = out.flat(at) + v;
    });
    return out;
  },
  vjp: ({ ids }, table) => ({ dy: () => embedding(table, ids) }),
});

function clamp(id: number, rows: number): number {
  return Math.min(id, rows - 1);
}

function checkTable(shape: Shape): readonly [number, number] {
  const [rows, cols] = shape;
  if (shape.length === 2 && rows !== undefined && cols !== undefined) return [rows, cols];
  throw new ShapeError(
    `embedding: weight ${showShape(shape)} has rank ${shape.length}, expected 2. ` +
      "Give a table [rows, columns].",
  );
}
