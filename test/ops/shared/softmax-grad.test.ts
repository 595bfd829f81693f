import fc from "fast-check";
import { expect } from "vitest";
import { softmaxGrad } from "../../../src/ops/shared/softmax-grad.js";
import { softmax } from "../../../src/ops/softmax.js";
import { sum } from "../../../src/ops/sum.js";
import { tensor } from "../../../src/tensor/create.js";
import { type OpCase, opSuite } from "../../op-suite.js";
import { values } from "../../random.js";

const of = (...shape: number[]): OpCase<object> => ({
  inputs: [{ shape }, { shape }],
  attrs: {},
});

opSuite<object>("softmax, its derivative", {
  apply: ([p, dp]) => softmaxGrad(p!, dp!),
  arbitrary: fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 130 }))
    .map(([rows, cols]) => of(rows, cols)),
  edges: [
    of(1),
    of(0, 5),
    of(2, 3, 5),
    // By elements and by fours; a thread to a row, and threads that share one.
    of(2, 63),
    of(2, 64),
    of(3, 257),
    of(3, 260),
    of(1023, 3),
    of(1025, 4),
    of(1025, 65),
  ],
  laws: {
    "rows sum to 0 where p sums to 1": async (device) => {
      const [p, dp] = [1, 2].map((seed) => tensor(device, values(seed, 6 * 37), [6, 37]));
      const sums = await sum(softmaxGrad(softmax(p!), dp!), { axes: 1 }).data();
      for (const s of sums) expect(s).toBeCloseTo(0, 5);
    },
  },
});
