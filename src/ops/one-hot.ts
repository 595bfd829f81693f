/**
 * Indices as rows of zeros with a single 1.
 *
 *     y[i, c] = 1 where c = ids[i], 0 elsewhere
 *
 * An index of `depth` or more gives a row of zeros. Integers have no derivative.
 */
import { defineOp } from "../autograd/define-op.js";
import { kernel } from "../shaders/kernel.js";
import { NdArray } from "../tensor/ndarray.js";
import { assertShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

const run = kernel("one_hot", { total: "u32", depth: "u32" });

const op = defineOp({
  name: "oneHot",
  inputs: ["ids"],
  dtypes: { ids: "u32" },
  infer: ({ ids }, { depth }: { readonly depth: number }) => [...ids.shape, depth],
  gpu: ({ ids }, out, { depth }) => {
    const params = { total: out.size, depth };
    run({ tensors: [ids, out], params, items: out.size });
  },
  reference: ({ ids }, { depth }, { shape }) =>
    new NdArray(shape).map((_, at) => (ids.flat(Math.floor(at / depth)) === at % depth ? 1 : 0)),
});

/**
 * ids u32 [...] → f32 [..., depth].
 * @throws DtypeError when ids are not u32.
 */
export function oneHot(ids: Tensor, depth: number): Tensor {
  assertShape("oneHot", [depth]);
  return op({ ids }, { depth });
}
