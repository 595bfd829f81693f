/**
 * Slices chosen by index along an axis, and their way back: each is the other's transpose.
 *
 *     indexSelect:  y[o, k, i] = x[o, ids[k], i]                        dx = indexAdd(dy, ids)
 *     indexAdd:     y[o, s, i] = Σ_{k : ids[k] = s} src[o, k, i]        dsrc = indexSelect(dy, ids)
 *
 * An index past the end counts as the last one: a kernel cannot raise an error. The work is that of
 * gather and scatterAdd (gather.ts) with one line of indices for all. Both copy.
 */
import { elementOf } from "../autograd/op-dtypes.js";
import { ShapeError } from "../errors.js";
import { normalizeAxis, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { gatherLines, roomFor, type ScatterAddOptions, scatterLines } from "./gather.js";

/**
 * x [..., S, ...], ids u32 [K] → [..., K, ...].
 * @throws ShapeError when ids is no vector or x has no such axis, DtypeError when ids are not u32.
 */
export function indexSelect(x: Tensor, ids: Tensor, axis: number): Tensor {
  const at = normalizeAxis("indexSelect", axis, x.rank);
  elementOf({ name: "indexSelect", dtypes: { ids: "u32" } }, ["ids"], [ids]);
  assertVector("indexSelect", ids);
  return gatherLines(x, ids, { axis: at, shared: true });
}

/**
 * src [..., K, ...], ids u32 [K] → [..., size, ...]: sums, and 0 where no index points.
 * @throws ShapeError when ids is no vector, or not as long as src along `axis`.
 */
export function indexAdd(src: Tensor, ids: Tensor, { axis, size }: ScatterAddOptions): Tensor {
  const at = normalizeAxis("indexAdd", axis, src.rank);
  assertVector("indexAdd", ids);
  if (ids.size !== src.dim(at)) {
    throw new ShapeError(
      `indexAdd: axis ${axis} of ${showShape(src.shape)} has size ${src.dim(at)}, and there are ` +
        `${ids.size} ids. Give one id for each slice.`,
    );
  }
  elementOf({ name: "indexAdd", dtypes: { ids: "u32" } }, ["src", "ids"], [src, ids]);
  const room = roomFor("indexAdd", src, size);
  return scatterLines(src, ids, { axis: at, shared: true, size: room });
}

function assertVector(op: string, ids: Tensor): void {
  if (ids.rank === 1) return;
  throw new ShapeError(
    `${op}: ids ${showShape(ids.shape)} has rank ${ids.rank}, expected 1. ` +
      "Flatten it with reshape, or use gather for one index per element.",
  );
}
