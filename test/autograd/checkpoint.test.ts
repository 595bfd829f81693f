/**
 * Recomputation changes memory and time, nothing else: the same value and gradients, bit for bit,
 * on kernels and references.
 */
import { describe, expect, test } from "vitest";
import { checkpoint, grad, gradcheck, hvp, jvp, valueAndGrad } from "../../src/autograd/index.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { initParams, Linear, Module, valueAndGradOf } from "../../src/nn/index.js";
import { add, mul } from "../../src/ops/binary.js";
import { groupNorm } from "../../src/ops/group-norm.js";
import { randomUniform } from "../../src/ops/random.js";
import { reshape } from "../../src/ops/reshape.js";
import { sum } from "../../src/ops/sum.js";
import { exp, gelu, sin, square, tanh } from "../../src/ops/unary.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";

const gpu = testDevice();
const reference = new ReferenceDevice();
const devices: readonly (readonly [string, () => Device])[] = [
  ["GPU", gpu],
  ["reference", () => reference],
];
const WIDTH = 32;

/** A residual block with dropout: two linear layers and several intermediates. */
class Block extends Module {
  readonly up: Linear;
  readonly down: Linear;
  private readonly key: Key;

  constructor(device: Device, seed: number) {
    super();
    this.key = Key.from(seed);
    const params = initParams(device, this.key);
    this.up = new Linear(params.at("up"), { in: WIDTH, out: 2 * WIDTH });
    this.down = new Linear(params.at("down"), { in: 2 * WIDTH, out: WIDTH });
  }

  /** x [N, WIDTH] → the same shape */
  forward(x: Tensor): Tensor {
    const h = gelu(this.up.forward(x));
    const kept = mul(h, randomUniform(x.device, this.key, h.shape));
    return add(x, tanh(this.down.forward(kept)));
  }
}

class Chain extends Module {
  readonly blocks: readonly Block[];

  constructor(device: Device, depth: number) {
    super();
    this.blocks = Array.from({ length: depth }, (_, i) => new Block(device, i));
  }

  forward(x: Tensor, recompute: boolean): Tensor {
    return this.blocks.reduce(
      (h, block) =>
        recompute
          ? checkpoint((t) => block.forward(t!), [h], block.parameters())
          : block.forward(h),
      x,
    );
  }
}

async function lossAndGrads(chain: Chain, x: Tensor, recompute: boolean) {
  using _scope = x.device.scope();
  const loss = (): Tensor => sum(square(chain.forward(x, recompute)));
  const { value, grads } = valueAndGradOf(chain.parameters(), loss);
  const all: number[][] = [[...(await value.data())]];
  for (const g of grads.values()) all.push([...(await g.data())]);
  return all;
}

describe.each(devices)("checkpoint on the %s device", (_, device) => {
  test("value and gradients of a chain of layers are the same bits", async () => {
    using _scope = device().scope();
    const chain = new Chain(device(), 3);
    const x = tensor(device(), values(1, 4 * WIDTH), [4, WIDTH]);
    const plain = await lossAndGrads(chain, x, false);
    expect(await lossAndGrads(chain, x, true)).toEqual(plain);
    expect(plain).toHaveLength(1 + 3 * 4);
    expect(plain[1]!.some((v) => v !== 0)).toBe(true);
  });

  test("gradients of several inputs, some frozen, some integers", async () => {
    using _scope = device().scope();
    const [a, b] = [tensor(device(), [1, 2, 3]), tensor(device(), [0.5, -1, 2])];
    const f = (s: Tensor, t: Tensor): Tensor => mul(sin(s), exp(mul(s, t)));
    const whole = (s: Tensor, t: Tensor): Tensor => sum(checkpoint((u, v) => f(u!, v!), [s, t]));
    const got = grad((s, t) => whole(s!, t!))(a, b);
    const want = grad((s, t) => sum(f(s!, t!)))(a, b);
    for (const i of [0, 1]) expect(await got[i]!.data()).toEqual(await want[i]!.data());
    const [one] = grad((s) => whole(s!, b))(a);
    expect(await one!.data()).toEqual(await want[0]!.data());
    const ids = tensor(device(), Uint32Array.of(1));
    const [onlyFloats] = grad((s) => sum(checkpoint((u, _ids) => sin(u!), [s!, ids])))(a);
    expect(onlyFloats!.shape).toEqual([3]);
    expect(checkpoint((u) => sin(u!), [a]).tape).toBeUndefined();
  });

  test("the second run is freed before the next begins", () => {
    using _scope = device().scope();
    const chain = new Chain(device(), 2);
    const x = tensor(device(), values(1, 4 * WIDTH), [4, WIDTH]);
    const before = device().stats.liveBuffers;
    const { grads } = valueAndGradOf(chain.parameters(), () => sum(chain.forward(x, true)));
    expect(device().stats.liveBuffers - before).toBe(1 + grads.size);
  });

  test("puts parameters back, also when the function throws", () => {
    using _scope = device().scope();
    const block = new Block(device(), 1);
    const before = block.up.weight.value;
    const failing = (): Tensor => {
      expect(block.up.weight.value).not.toBe(before);
      throw new Error("on purpose");
    };
    const x = zeros(device(), [1, WIDTH]);
    expect(() => checkpoint(failing, [x], block.parameters())).toThrow("on purpose");
    expect(block.up.weight.value).toBe(before);
  });
});

test("peak memory of a chain falls to what the inputs of its layers take", async () => {
  const device = gpu();
  using _scope = device.scope();
  const depth = 12;
  const layer = (t: Tensor): Tensor => add(t, tanh(mul(sin(mul(t, 1.1)), exp(mul(square(t), -1)))));
  const x = tensor(device, values(1, 4096));
  const chain = (t: Tensor, recompute: boolean): Tensor => {
    let h = t;
    for (let i = 0; i < depth; i++) h = recompute ? checkpoint((u) => layer(u!), [h]) : layer(h);
    return sum(h);
  };
  // A high-water mark cannot be set back, so the frugal run comes first.
  const peak = async (recompute: boolean) => {
    const { value, grads } = valueAndGrad((t) => chain(t!, recompute))(x);
    const bits = [await value.data(), await grads[0]!.data()];
    return { bits, tensors: device.stats.peakBytes / (4 * x.size) };
  };
  const frugal = await peak(true);
  const plain = await peak(false);
  expect(frugal.bits).toEqual(plain.bits);
  // x, the values of 12 layers, and the seven intermediates and the cotangents of one.
  expect(frugal.tensors).toBeLessThan(28);
  expect(plain.tensors).toBeGreaterThan(7 * depth);
});

describe("checkpoint, in float64", () => {
  const x = new NdArray([2, 4], Float64Array.from(values(3, 8)));
  const norm = (t: Tensor): Tensor => {
    const options = {
      groups: 2,
      eps: 1e-3,
      weight: ones(t.device, [4]),
      bias: zeros(t.device, [4]),
    };
    return reshape(groupNorm(reshape(t, [1, 4, 2]), options), [2, 4]);
  };
  const f = (t: Tensor): Tensor =>
    checkpoint(
      (u) =>
        mul(
          norm(u!),
          checkpoint((v) => sin(v!), [u!]),
        ),
      [exp(t)],
    );
  const plain = (t: Tensor): Tensor => {
    const u = exp(t);
    return mul(norm(u), sin(u));
  };

  test("can be nested, and differentiated to any order", () => {
    using _scope = reference.scope();
    for (const order of [
      f,
      (t: Tensor) => grad((u) => sum(square(f(u))))(t)[0]!,
      (t: Tensor) => hvp((u) => sum(square(f(u))), [t], [sin(t)])[0]!,
      (t: Tensor) => jvp(f, [t], [square(t)]).tangent,
    ]) {
      const report = gradcheck(order, [x]);
      expect(report.ok, report.message).toBe(true);
    }
    const t = tensor(reference, x.data, x.shape);
    const second = (g: (u: Tensor) => Tensor) => hvp((u) => sum(square(g(u))), [t], [t])[0]!;
    const [got, want] = [second(f), second(plain)].map((h) => h.reference.data);
    got!.forEach((v, i) => {
      expect(v).toBeCloseTo(want![i]!, 12);
    });
  });

  test("errors", () => {
    using _scope = reference.scope();
    const t = tensor(reference, [1, 2]);
    const leak = (a: Tensor): Tensor => checkpoint((b) => mul(a, b!), [t]);
    expect(() => grad((a) => sum(leak(a)))(t)).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: checkpoint: the function reads a tracked tensor that is not among its inputs, and its derivative would be lost. Give it as an input, or put stopGradient around it.]`,
    );
    let runs = 0;
    const fickle = (u: Tensor): Tensor => (runs++ === 0 ? u : sum(u));
    expect(() =>
      grad((a) => sum(checkpoint((u) => fickle(u!), [a])))(t),
    ).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: checkpoint: the function gave [2] at first and [] when it ran again. Give it everything it depends on as inputs.]`,
    );
    expect(() => checkpoint(() => t, [])).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: checkpoint: no input was given. Give at least one.]`,
    );
  });
});
