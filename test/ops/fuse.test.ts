import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad, vjp } from "../../src/autograd/grad.js";
import { hvp } from "../../src/autograd/hvp.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { add, div, maximum, mul, pow, sub } from "../../src/ops/binary.js";
import { cast } from "../../src/ops/cast.js";
import { clamp } from "../../src/ops/clamp.js";
import { equal, greater, isFinite as isFiniteEach, less } from "../../src/ops/comparison.js";
import { fuse } from "../../src/ops/fuse.js";
import { logicalAnd } from "../../src/ops/logical.js";
import { mean } from "../../src/ops/mean.js";
import { reshape } from "../../src/ops/reshape.js";
import { sum } from "../../src/ops/sum.js";
import { exp, geluTanh, neg, sigmoid, silu, sin, sqrt, square, tanh } from "../../src/ops/unary.js";
import { where } from "../../src/ops/where.js";
import { scalar, tensor, zeros } from "../../src/tensor/create.js";
import { type Shape, sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice, testF16 } from "../device.js";
import { type OpCase, opSuite } from "../op-suite.js";
import { values } from "../random.js";

const mixture = fuse("mixture", (x, y, z) =>
  mul(add(mul(x, sigmoid(y)), tanh(z)), sub(1, mul(y, 0.25))),
);

const of = (...shapes: Shape[]): OpCase<object> => ({
  inputs: shapes.map((shape) => ({ shape })),
  attrs: {},
});

/** Three shapes that broadcast: axes of up to nine, each repeated in some of them. */
const broadcasts = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 7 })), { maxLength: 4 })
  .map((axes) =>
    of(...[1, 2, 4].map((bit) => axes.map(([size, bits]) => (bits & bit ? 1 : size)))),
  );

opSuite("fuse", {
  apply: (inputs) => mixture(...inputs),
  arbitrary: broadcasts,
  tolerance: 2e-6,
  runs: 8,
  edges: [
    of([0], [0], [0]),
    of([], [], []),
    of([1], [1, 1], []),
    of([63], [63], [1]),
    of([257], [257], [257]),
    of([3, 64], [3, 1], [64]),
    of([2, 3, 4, 4], [2, 1, 1, 1], [1, 3, 1, 1]),
    of([2, 1, 3, 1, 5], [1, 2, 1, 4, 1], [2, 1, 1, 1, 5]),
  ],
  laws: {
    "one kernel forward, one backward for all inputs": (device) => {
      const [x, y, z] = [1, 2, 3].map((i) => tensor(device, values(i, 100))) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const launches = (run: () => unknown): number => {
        const before = device.stats.dispatches;
        run();
        return device.stats.dispatches - before;
      };
      expect(launches(() => mixture(x, y, z))).toBe(1);
      const { pullback } = vjp(mixture, x, y, z);
      expect(launches(() => pullback(x))).toBe(1);
    },
    "a cotangent that passes unchanged needs no kernel": (device) => {
      const f = fuse("shift", (x, y) => add(x, sin(y)));
      const x = tensor(device, [1, 2, 3]);
      const before = device.stats.dispatches;
      const { pullback } = vjp((t) => f(t, x), x);
      pullback(x);
      expect(device.stats.dispatches - before).toBe(1);
    },
    "fused functions fuse": async (device) => {
      const inner = fuse("inner", (x) => mul(x, sigmoid(x)));
      const outer = fuse("outer", (x, y) => add(inner(x), inner(mul(x, y))));
      const [x, y] = [tensor(device, values(1, 9)), tensor(device, values(2, 9))];
      const want = await add(silu(x), silu(mul(x, y))).data();
      const got = await outer(x, y).data();
      for (const [i, v] of want.entries()) expect(got[i]).toBeCloseTo(v, 5);
      expect(outer.wgsl.match(/op_sigmoid\(/g)).toHaveLength(3);
    },
    "choices, truth values and numbers that have no literal": async (device) => {
      const f = fuse("choices", (x, y) => {
        const inside = logicalAnd(greater(x, -1), less(x, 1));
        const held = clamp(x, { min: -3 });
        return where(inside, mul(y, Infinity), where(equal(x, 5), Number.NaN, maximum(held, -0)));
      });
      const x = tensor(device, [0, 5, -7, 2, -0.5]);
      const y = tensor(device, [1, 1, 1, 1, -1]);
      expect([...(await f(x, y).data())]).toEqual([Infinity, Number.NaN, 0, 2, -Infinity]);
      const finite = fuse("finite", (t) => where(isFiniteEach(t), t, 0.5));
      const odd = tensor(device, [1, Number.NaN, -Infinity]);
      expect([...(await finite(odd).data())]).toEqual([1, 0.5, 0.5]);
    },
    "third derivatives": async (device) => {
      const f = fuse("quartic", (x) => mul(pow(x, 3), x));
      const slope = (g: (x: Tensor) => Tensor) => (x: Tensor) => grad((t) => sum(g(t)))(x)[0]!;
      const third = slope(slope(slope(f)))(tensor(device, [1, 2, -3]));
      const got = await third.data();
      for (const [i, v] of [24, 48, -72].entries()) expect(got[i]).toBeCloseTo(v, 3);
    },
    "an input without influence on the derivative has zeros": async (device) => {
      const f = fuse("steps", (x, y) => mul(where(greater(x, 0), 1, 0), y));
      const [dx] = grad((x) => sum(f(x, tensor(device, [3, 4]))))(tensor(device, [1, -1]));
      expect([...(await dx!.data())]).toEqual([0, 0]);
    },
  },
  errors: {
    "an op that is not elementwise": () => {
      expect(() => fuse("centre", (x) => sub(x, mean(x)))).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse centre: sumTo cannot be fused. Only ops whose result has each element from the same element of their inputs can; call sumTo outside, on what goes in or comes out.]`,
      );
    },
    "a tensor from outside": (device) => {
      const y = zeros(device, [2]);
      expect(() => fuse("outside", (x) => mul(x, y))).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse outside: mul reads a tensor that is no input of the function. Make it one.]`,
      );
      expect(() => fuse("constant", () => y, 1)).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse constant: the function returned a tensor that does not come from its inputs. Compute the result from the parameters.]`,
      );
    },
    "an idle parameter, and none": () => {
      expect(() => fuse("idle", (x, _y) => neg(x))).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse idle: input 1 is not used. Leave the parameter out.]`,
      );
      expect(() => fuse("rest", (...x) => neg(x[0]!))).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse rest: the function takes no tensor. Write its parameters out, or say how many.]`,
      );
    },
    "shapes inside": () => {
      const call = () => fuse("shaped", (x) => neg(reshape(x, [1, 1])));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse shaped: neg got a shape, [1, 1]. Inside, a tensor is a single element of shape []; reshape what goes in or comes out.]`,
      );
      const last = () => fuse("shaped", (x) => reshape(x, [1]));
      expect(last).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse shaped: the function returned shape [1], and inside a tensor is a single element of shape []. Reshape what goes in or comes out.]`,
      );
    },
    "truth values, and what is no tensor": () => {
      expect(() => fuse("truth", (x) => greater(x, 0))).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse truth: the function returned truth values. Choose numbers by them: where(y, 1, 0).]`,
      );
      const number = (() => 3) as unknown as (x: Tensor) => Tensor;
      expect(() => fuse("number", number, 1)).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse number: the function returned number. Return a tensor.]`,
      );
    },
    "a tensor made inside": () => {
      const call = () => fuse("made", (x) => add(x, scalar(x.device, 1)));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse made: "tensor" would make a tensor of values, and the function is only written down. Use numbers inside it, or make the tensor outside and give it as an input.]`,
      );
    },
    "values read inside": () => {
      const call = () => fuse("read", (x) => add(x, x.reference.flat(0)));
      expect(call).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse read: input 0 has no values yet: the function is only written down. Compute with elementwise ops alone, and read values outside of it.]`,
      );
    },
    "wrong inputs": (device) => {
      const [x, y] = [zeros(device, [2]), zeros(device, [3])];
      const f = fuse("sum", (a, b) => add(a, b));
      expect(() => f(x)).toThrowErrorMatchingInlineSnapshot(
        `[FuseError: fuse sum: 1 tensors were given, it takes 2. Give 2.]`,
      );
      expect(() => f(x, y)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: fuse sum: shapes [2] and [3] do not broadcast (2 ≠ 3). Sizes aligned at the right must be equal, or one of them 1.]`,
      );
      expect(() => f(cast(x, "i32"), cast(x, "i32"))).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: fuse sum: x_0 is i32, expected one of f32, f16. Convert it with cast(x_0, "f32").]`,
      );
    },
  },
});

const UNARY = [tanh, sigmoid, sin, silu, geluTanh, neg, square, (x: Tensor) => exp(tanh(x))];
const BINARY = [
  add,
  sub,
  mul,
  (a: Tensor, b: Tensor) => div(a, add(exp(tanh(b)), 0.5)),
  (a: Tensor, b: Tensor) => sqrt(add(add(square(a), square(b)), 0.5)),
];

/** Each step takes two of what was made before, or a number; squares are tamed by tanh. */
const programs = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 7 });

function run(steps: readonly (readonly [number, number, number])[], inputs: Tensor[]): Tensor {
  const made = [...inputs];
  for (const [op, i, j] of steps) {
    const a = made.at(-1 - (i % made.length))!;
    const b = made[j % made.length]!;
    const unary = UNARY[op % (UNARY.length + BINARY.length)];
    made.push(tanh(unary ? unary(a) : BINARY[op % BINARY.length]!(a, b)));
  }
  // Every input is used.
  return made.slice(1).reduce((total, x) => add(mul(total, 0.9), x), made[0]!);
}

describe("random functions", () => {
  const device = testDevice();
  const make = (on: Device) =>
    [1, 2, 3].map((seed) => tensor(on, values(seed, 12, -1.5, 1.5), [3, 4]));

  test("value, gradients and second derivatives are those of the references", async () => {
    const property = fc.asyncProperty(programs, async (steps) => {
      using _scope = device().scope();
      const plain = (...x: Tensor[]): Tensor => run(steps, x);
      const one = fuse("random", plain, 3);
      const all = (f: (...x: Tensor[]) => Tensor, on: Device): Tensor[] => {
        const inputs = make(on);
        const directions = inputs.map((x) => tensor(on, values(9, x.size), x.shape));
        const loss = (...x: Tensor[]): Tensor => sum(square(f(...x)));
        return [f(...inputs), ...grad(loss)(...inputs), ...hvp(loss, inputs, directions)];
      };
      const want = all(plain, new ReferenceDevice()).map((x) => x.reference.data);
      const exact = all(one, new ReferenceDevice()).map((x) => x.reference.data);
      const got = await Promise.all(all(one, device()).map((x) => x.data()));
      want.forEach((w, k) => {
        w.forEach((v, i) => {
          expect(Math.abs(exact[k]![i]! - v)).toBeLessThan(1e-9 * (1 + Math.abs(v)));
          expect(Math.abs(got[k]![i]! - v)).toBeLessThan(3e-4 * (1 + Math.abs(v)));
        });
      });
    });
    await fc.assert(property, { numRuns: 3 });
  });

  test("more inputs than an adapter binds are refused; a backward kernel falls back", async () => {
    using _scope = device().scope();
    const most = device().gpu.limits.maxStorageBuffersPerShaderStage;
    const many = (n: number) =>
      fuse("many", (...x) => x.map((t) => sin(t)).reduce((a, b) => mul(a, b)), n);
    const xs = Array.from({ length: most }, (_, i) => tensor(device(), values(i, 5, 1, 2)));
    const refusal = (): string => {
      try {
        return String(many(most)(...xs));
      } catch (error) {
        return String(error).replace(device().name, "ADAPTER").replace(/\d+/g, "N");
      }
    };
    expect(refusal()).toMatchInlineSnapshot(
      `"FuseError: fuse many: N tensors, the result included, are more than ADAPTER binds in one kernel (N). Fuse it in two parts."`,
    );
    // Inputs, dy and two results: one too many.
    const [x, y, ...others] = xs.slice(0, most - 2) as [Tensor, Tensor, ...Tensor[]];
    const product = many(most - 2);
    const plain = (...t: Tensor[]) => t.map((u) => sin(u)).reduce((a, b) => mul(a, b));
    const [want, got] = await Promise.all(
      [plain, product].map((f) =>
        Promise.all(grad((a, b) => sum(f(a, b, ...others)))(x, y).map((g) => g.data())),
      ),
    );
    want!.forEach((w, k) => {
      for (const [i, v] of w.entries()) expect(got![k]![i]).toBeCloseTo(v, 5);
    });
  });

  test("more than 65 535 workgroups", async () => {
    using _scope = device().scope();
    const f = fuse("large", (x, y) => add(mul(x, 2), y));
    const x = zeros(device(), [4, 65_535 * 16 + 3]);
    const y = tensor(device(), [1, 2, 3, 4], [4, 1]);
    const got = await f(x, y).data();
    const n = x.dim(1);
    expect([0, n - 1, n, 2 * n, 4 * n - 1].map((i) => got[i])).toEqual([1, 1, 2, 3, 4]);
    expect(got.length).toBe(sizeOf(x.shape));
  });

  testF16("f16: rounded once, at the end", device, async (on) => {
    const f = fuse("third", (x) => sub(mul(div(x, 3), 3), x));
    const x = tensor(on, values(4, 33), [33], { dtype: "f16" });
    const y = f(x);
    expect(y.dtype).toBe("f16");
    for (const v of await y.data()) expect(Math.abs(v)).toBeLessThan(1e-6);
  });
});
