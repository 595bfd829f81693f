import fc from "fast-check";
import { expect } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { maximum, minimum } from "../../src/ops/binary.js";
import { type ClampOptions, clamp } from "../../src/ops/clamp.js";
import { sum } from "../../src/ops/sum.js";
import { square } from "../../src/ops/unary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { type OpCase, opSuite, shapes } from "../op-suite.js";
import { values } from "../random.js";

const of = (shape: readonly number[], attrs: ClampOptions): OpCase<ClampOptions> => ({
  inputs: [{ shape }],
  attrs,
});

opSuite<ClampOptions>("clamp", {
  apply: ([x], options) => clamp(x!, options),
  arbitrary: fc
    .tuple(shapes(2), fc.constantFrom({ min: -1 }, { max: 0.5 }, { min: -0.7, max: 1.1 }))
    .map(([shape, attrs]) => of(shape, attrs)),
  edges: [0, 1, 63, 64, 65, 257].map((n) => of([n], { min: 0, max: 1 })),
  tolerance: 1e-7,
  runs: 8,
  laws: {
    "is minimum of maximum": async (device) => {
      const x = tensor(device, values(3, 100));
      const want = await minimum(maximum(x, -1), 0.25).data();
      expect(await clamp(x, { min: -1, max: 0.25 }).data()).toEqual(want);
    },
    "derivatives at the bounds are ½, and beyond them 0": async (device) => {
      const x = tensor(device, [-2, -1, 0, 1, 2]);
      const [dx] = grad((t) => sum(clamp(t, { min: -1, max: 1 })))(x);
      expect([...(await dx!.data())]).toEqual([0, 0.5, 1, 0.5, 0]);
      const slope = (t: typeof x) => grad((u) => sum(square(clamp(u, { max: 1.5 }))))(t)[0]!;
      const [second] = grad((t) => sum(slope(t)))(x);
      expect([...(await second!.data())]).toEqual([2, 2, 2, 2, 0]);
    },
    "NaN stays NaN, infinities are held": async (device) => {
      const x = tensor(device, [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
      expect([...(await clamp(x, { min: -3, max: 4 }).data())]).toEqual([Number.NaN, 4, -3]);
      const same = await clamp(x, {}).data();
      expect([...same]).toEqual([...(await x.data())]);
    },
  },
  errors: {
    "bounds the wrong way round": (device) => {
      const call = () => clamp(zeros(device, [2]), { min: 1, max: -1 });
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[UsageError: clamp: nothing lies between min 1 and max -1. Give numbers with min ≤ max.]`,
      );
    },
  },
});
