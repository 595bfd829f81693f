/**
 * Rows of a table, chosen by index.
 *
 *     y[i, :] = weight[ids[i], :]          dweight[v, :] = Σ_{i : ids[i] = v} dy[i, :]
 *
 * An id ≥ V reads row V − 1: a kernel cannot raise an error. Tokenizers check ids on the host.
 * The work, and the derivative, are those of `indexSelect`.
 */
import { DtypeError, ShapeError } from "../errors.js";
import { type Shape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { indexSelect } from "./index-select.js";
import { reshape } from "./reshape.js";

/**
 * weight [V, C], ids u32 [...] → [..., C].
 * @throws ShapeError when weight is no matrix with rows, DtypeError when ids are not u32.
 */
export function embedding(weight: Tensor, ids: Tensor): Tensor {
  const [rows, cols] = checkTable(weight.shape);
  if (ids.dtype !== "u32") {
    throw new DtypeError(
      `embedding: ids is ${ids.dtype}, expected u32. Make it with { dtype: "u32" }.`,
    );
  }
  if (rows === 0 && ids.size > 0) {
    throw new ShapeError(
      `embedding: the table ${showShape(weight.shape)} has no row for ${ids.size} ids. ` +
        "Give a table of at least one row.",
    );
  }
  return reshape(indexSelect(weight, reshape(ids, [ids.size]), 0), [...ids.shape, cols]);
}

function checkTable(shape: Shape): readonly [number, number] {
  const [rows, cols] = shape;
  if (shape.length === 2 && rows !== undefined && cols !== undefined) return [rows, cols];
  throw new ShapeError(
    `embedding: weight ${showShape(shape)} has rank ${shape.length}, expected 2. ` +
      "Give a table [rows, columns].",
  );
}
