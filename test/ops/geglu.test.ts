import fc from "fast-check";
import { expect } from "vitest";
import { mul } from "../../src/ops/binary.js";
import { geglu } from "../../src/ops/geglu.js";
import { chunk } from "../../src/ops/slice.js";
import { gelu } from "../../src/ops/unary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { expectClose, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const of = (...shape: number[]) => ({ inputs: [{ shape, low: -4, high: 4 }], attrs: {} });

opSuite("geglu", {
  apply: ([x]) => geglu(x!),
  arbitrary: fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .map(([rows, eighths]) => of(rows, 8 * eighths)),
  edges: [of(8), of(0, 8), of(63, 8), of(64, 8), of(65, 8), of(2, 3, 16)],
  gradients: [of(8), of(3, 16)],
  laws: {
    "equals the product of its parts": async (device) => {
      const x = tensor(device, values(3, 48), [3, 16]);
      const [h, g] = chunk(x, 2, -1);
      expectClose(await geglu(x).data(), await mul(h!, gelu(g!)).data(), 1e-6, "geglu");
    },
  },
  errors: {
    "halves that are no multiple of 4": (device) => {
      expect(() => geglu(zeros(device, [2, 12]))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: geglu: the last axis of x [2, 12] is no multiple of 8. Give two halves, each a multiple of 4.]`,
      );
    },
  },
});
