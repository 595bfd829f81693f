import fc from "fast-check";
import { expect } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import { layerNorm } from "../../src/ops/layer-norm.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { expectClose, opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const eps = 1e-5;

const of = (...shape: number[]) => {
  const c = shape.at(-1) ?? 1;
  return { inputs: [{ shape }, { shape: [c] }, { shape: [c] }], attrs: {} };
};

opSuite("layerNorm", {
  apply: ([x, weight, bias]) => layerNorm(x!, { eps, weight: weight!, bias: bias! }),
  arbitrary: fc
    .tuple(fc.oneof(shapes(0), shapes(1), shapes(2, 5)), fc.integer({ min: 2, max: 300 }))
    .map(([lead, c]) => of(...lead, c)),
  edges: [
    of(0, 5),
    of(3, 0),
    of(3, 1),
    of(63, 4),
    of(65, 8),
    of(3, 255),
    of(3, 256),
    of(3, 257),
    of(3, 260),
    of(2, 1280),
    of(4_097, 5),
    // Many long rows: a thread each where lanes are few.
    of(1_030, 260),
    of(1_025, 257),
  ],
  gradients: [of(2), of(3, 5), of(2, 2, 4), of(1, 8)],
  tolerance: 2e-5,
  laws: {
    "stays accurate when the mean is 1e3 times the deviation": async (device) => {
      for (const c of [64, 640]) {
        const rounded = values(2, 3 * c, -1, 1).map((v) => 1000 + v);
        const run = (where: typeof device | ReferenceDevice) =>
          layerNorm(tensor(where, rounded, [3, c]), {
            eps,
            weight: ones(where, [c]),
            bias: zeros(where, [c]),
          });
        const want = run(new ReferenceDevice()).reference.data;
        expectClose(await run(device).data(), want, 2e-4, `layerNorm of ${c} at 1e3`);
      }
    },
  },
  errors: {
    "a scalar": (device) => {
      const one = zeros(device, [1]);
      expect(() =>
        layerNorm(zeros(device, []), { eps, weight: one, bias: one }),
      ).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: layerNorm: x [] has rank 0, expected at least 1. Add axes with reshape.]`,
      );
    },
    "a bias of another size": (device) => {
      const options = { eps, weight: zeros(device, [4]), bias: zeros(device, [5]) };
      const x = zeros(device, [2, 4]);
      expect(() => layerNorm(x, options)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: layerNorm: bias is [5], but rows of x [2, 4] have 4 elements. Give bias as [4].]`,
      );
    },
  },
});
