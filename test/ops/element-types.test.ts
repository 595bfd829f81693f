/** What an element type is refused by is the function that was called, not a part of it. */
import { expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import { DtypeError } from "../../src/errors.js";
import * as ops from "../../src/ops/index.js";
import { tensor } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import type { Tensor } from "../../src/tensor/tensor.js";

const square = (x: Tensor): Tensor => ops.reshape(x, [2, 2]);
const sequence = (x: Tensor): Tensor => ops.reshape(x, [1, 2, 2]);
const picture = (x: Tensor): Tensor => ops.reshape(x, [1, 1, 2, 2]);
const targets = (x: Tensor): Tensor => tensor(x.device, Uint32Array.of(0, 1));

const calls: Readonly<Record<string, (x: Tensor) => unknown>> = {
  abs: ops.abs,
  exp: ops.exp,
  pow: (x) => ops.pow(x, 2),
  xlogy: (x) => ops.xlogy(x, x),
  clamp: (x) => ops.clamp(x, { min: 0 }),
  sum: (x) => ops.sum(x),
  mean: (x) => ops.mean(x),
  max: (x) => ops.max(x),
  min: (x) => ops.min(x, { axes: 0 }),
  prod: (x) => ops.prod(x),
  variance: (x) => ops.variance(x),
  logsumexp: (x) => ops.logsumexp(x),
  softmax: (x) => ops.softmax(x),
  logSoftmax: (x) => ops.logSoftmax(square(x), { axes: 0 }),
  argmax: (x) => ops.argmax(x),
  cumsum: (x) => ops.cumsum(x, { axis: 0 }),
  sumSquares: (x) => ops.sumSquares(x),
  matmul: (x) => ops.matmul(square(x), square(x)),
  crossEntropy: (x) => ops.crossEntropy(square(x), targets(x)),
  attention: (x) => ops.attention(sequence(x), sequence(x), sequence(x), { heads: 1 }),
  conv2d: (x) => ops.conv2d(picture(x), picture(x)),
  convTranspose2d: (x) => ops.convTranspose2d(picture(x), picture(x)),
  avgPool2d: (x) => ops.avgPool2d(picture(x), 2),
  maxPool2d: (x) => ops.maxPool2d(picture(x), { size: 2 }),
  upsampleNearest2d: (x) => ops.upsampleNearest2d(picture(x)),
  resizeNearest2d: (x) => ops.resizeNearest2d(picture(x), [3, 3]),
  resizeBilinear2d: (x) => ops.resizeBilinear2d(picture(x), [3, 3]),
  where: (x) => ops.where(x, x, x),
  logicalNot: (x) => ops.logicalNot(x),
  isNaN: (x) => ops.isNaN(x),
  gather: (x) => ops.gather(x, x, 0),
  indexSelect: (x) => ops.indexSelect(x, x, 0),
  indexAdd: (x) => ops.indexAdd(ops.cast(x, "f32"), x, { axis: 0, size: 4 }),
  embedding: (x) => ops.embedding(square(ops.cast(x, "f32")), x),
  oneHot: (x) => ops.oneHot(x, 2),
  randomCategorical: (x) => ops.randomCategorical(Key.from(1), x),
};

test.each(Object.entries(calls))("%s", (name, call) => {
  const x = tensor(new ReferenceDevice(), Int32Array.of(1, 2, 3, 4));
  expect(() => call(x)).toThrow(DtypeError);
  expect(() => call(x)).toThrow(new RegExp(`^${name}: \\w+ is i32, expected `));
});
