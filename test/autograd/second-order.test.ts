/**
 * Derivatives of derivatives, of every op that has a kernel for its gradient:
 *
 *     ∂/∂(x, dy) of (x, dy) ↦ dyᵀ J(x)          = central differences, on references
 *     the same by kernels                       = the same by references
 *     a derivative of third order               = central differences
 */
import { describe, expect, test } from "vitest";
import { defineOp, grad, gradcheck, hvp, jvp, vjp } from "../../src/autograd/index.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { attention } from "../../src/ops/attention.js";
import { conv2d } from "../../src/ops/conv2d.js";
import { crossEntropy } from "../../src/ops/cross-entropy.js";
import { embedding } from "../../src/ops/embedding.js";
import { geglu } from "../../src/ops/geglu.js";
import { groupNorm, groupNormSilu } from "../../src/ops/group-norm.js";
import { layerNorm } from "../../src/ops/layer-norm.js";
import { matmul } from "../../src/ops/matmul.js";
import { softmax } from "../../src/ops/softmax.js";
import { sum } from "../../src/ops/sum.js";
import { sumSquares } from "../../src/ops/sum-squares.js";
import { square } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import { type Shape, sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

interface Case {
  readonly f: (...inputs: Tensor[]) => Tensor;
  readonly shapes: readonly Shape[];
}

const eps = 1e-3;
const classes = (x: Tensor): Tensor => tensor(x.device, Uint32Array.of(2, 0, 4));
const mask = (x: Tensor): Tensor => tensor(x.device, [0, 0, -1e9, 0, 0, 0], [2, 3]);

const cases: Readonly<Record<string, Case>> = {
  groupNorm: {
    f: (x, weight, bias) => groupNorm(x!, { groups: 2, eps, weight: weight!, bias: bias! }),
    shapes: [[2, 4, 3], [4], [4]],
  },
  groupNormSilu: {
    f: (x, weight, bias) => groupNormSilu(x!, { groups: 2, eps, weight: weight!, bias: bias! }),
    shapes: [[2, 4, 2, 2], [4], [4]],
  },
  layerNorm: {
    f: (x, weight, bias) => layerNorm(x!, { eps, weight: weight!, bias: bias! }),
    shapes: [[2, 3, 4], [4], [4]],
  },
  geglu: { f: (x) => geglu(x!), shapes: [[2, 16]] },
  attention: {
    f: (q, k, v) => attention(q!, k!, v!, { heads: 2, mask: mask(q!) }),
    shapes: [
      [2, 2, 4],
      [2, 3, 4],
      [2, 3, 4],
    ],
  },
  crossEntropy: { f: (logits) => crossEntropy(logits!, classes(logits!)), shapes: [[3, 5]] },
  softmax: { f: (x) => softmax(x!), shapes: [[2, 5]] },
  embedding: { f: (table) => square(embedding(table!, classes(table!))), shapes: [[5, 3]] },
  sumSquares: { f: (x) => sumSquares(x!), shapes: [[3, 4]] },
  matmul: {
    f: (a, b) => square(matmul(a!, b!)),
    shapes: [
      [2, 3],
      [3, 2],
    ],
  },
  conv2d: {
    f: (x, w) => square(conv2d(x!, w!, { padding: 1 })),
    shapes: [
      [1, 2, 3, 3],
      [2, 2, 3, 3],
    ],
  },
};

const gpu = testDevice();
const draw = (shape: Shape, seed: number): NdArray =>
  new NdArray(shape, Float64Array.from(values(seed, sizeOf(shape), -1, 1)));
const on = (device: Device, arrays: readonly NdArray[]): Tensor[] =>
  arrays.map((x) => tensor(device, x.data, x.shape));

/** The shape of f's value. */
function shapeOf({ f, shapes }: Case): Shape {
  const device = new ReferenceDevice();
  return f(...on(device, shapes.map(draw))).shape;
}

/** (inputs, dy) ↦ the gradient of input i, for dy any cotangent. */
function gradient({ f, shapes }: Case, i: number) {
  return (...all: Tensor[]): Tensor => {
    const { pullback } = vjp(f, ...all.slice(0, shapes.length));
    return pullback(all[shapes.length]!)[i]!;
  };
}

describe.each(Object.entries(cases))("%s", (_, c) => {
  const arrays = [...c.shapes, shapeOf(c)].map(draw);

  test.each(c.shapes.map((shape, i) => [i, `[${shape}]`] as const))(
    "the gradient of input %i %s, differentiated, equals differences",
    (i) => {
      const report = gradcheck(gradient(c, i), arrays);
      expect(report.ok, report.message).toBe(true);
    },
  );

  test("kernels and references agree", async () => {
    using _scope = gpu().scope();
    const run = (device: Device): Tensor[] => {
      const xs = on(device, arrays);
      return c.shapes.flatMap((shape, i) => {
        const { pullback } = vjp(gradient(c, i), ...xs);
        return pullback(on(device, [draw(shape, 50 + i)])[0]!);
      });
    };
    const [got, want] = [run(gpu()), run(new ReferenceDevice())];
    for (const [i, x] of got.entries()) {
      expectClose(await x.data(), want[i]!.reference.data, 3e-4, `second derivative ${i}`);
    }
  });

  test("a third derivative equals differences", () => {
    const vectors = c.shapes.map((shape, i) => draw(shape, 70 + i));
    const curvature = (...xs: Tensor[]): Tensor =>
      hvp((...ys) => sum(square(c.f(...ys))), xs, on(xs[0]!.device, vectors))[0]!;
    const report = gradcheck(curvature, arrays.slice(0, c.shapes.length));
    expect(report.ok, report.message).toBe(true);
  });
});

test("an op whose gradient has no derivative says so by name", () => {
  const slopeOp = defineOp({
    name: "cubeGrad",
    inputs: ["x", "dy"],
    infer: ({ x }) => x.shape,
    gpu: () => {},
    reference: ({ x, dy }) => x.map((v, i) => 3 * v * v * dy.flat(i)),
  });
  const cubeOp = defineOp({
    name: "cube",
    inputs: ["x"],
    saves: ["x"],
    infer: ({ x }) => x.shape,
    gpu: () => {},
    reference: ({ x }) => x.map((v) => v ** 3),
    vjp: ({ x }, dy) => ({ x: () => slopeOp({ x, dy }, {}) }),
  });
  const cube = (x: Tensor): Tensor => sum(cubeOp({ x }, {}));
  const x = tensor(new ReferenceDevice(), [1, 2]);
  expect(grad(cube)(x)[0]!.reference.data).toEqual(Float64Array.of(3, 12));
  expect(() => hvp(cube, [x], [x])).toThrowErrorMatchingInlineSnapshot(
    `[GradientError: cubeGrad: this op has no derivative. Put stopGradient around it, or differentiate with respect to something that does not pass through it.]`,
  );
  expect(() => jvp(cube, [x], [x])).toThrowErrorMatchingInlineSnapshot(
    `[GradientError: cubeGrad: this op has no derivative. Put stopGradient around it, or differentiate with respect to something that does not pass through it.]`,
  );
});
