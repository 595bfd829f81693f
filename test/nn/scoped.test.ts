/** Temporaries of a forward pass: freed when dead, and kept where the tape reads them. */
import { describe, expect, test } from "vitest";
import { grad, stopGradient } from "../../src/autograd/grad.js";
import { chain, scoped } from "../../src/nn/index.js";
import { mul } from "../../src/ops/binary.js";
import { reshape } from "../../src/ops/reshape.js";
import { sum } from "../../src/ops/sum.js";
import { exp, square } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";

const device = testDevice();

const cube = (x: Tensor): Tensor =>
  chain(
    x,
    (y) => mul(square(y), x),
    (y) => reshape(y, [1, -1]),
    (y) => y,
    (y) => scoped(device(), () => mul(exp(y), 2)),
  );

describe("chain and scoped", () => {
  test("leave the result alone, at a peak of two temporaries", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, -1, 0, 2]);
    const before = device().stats;
    device().resetPeak();
    const y = cube(x);
    expect(device().stats.liveBuffers).toBe(before.liveBuffers + 1);
    expect(device().stats.peakBytes - before.liveBytes).toBe(3 * 16);
    const want = [1, -1, 0, 8].map((v) => 2 * Math.exp(v));
    const got = await y.data();
    want.forEach((v, i) => {
      expect(got[i]).toBeCloseTo(v, 2);
    });
  });

  test("hand over what they were given, and free none of it", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [3]);
    const other = tensor(device(), [4]);
    expect(chain(x)).toBe(x);
    expect(chain(x, (y) => y)).toBe(x);
    const y = chain(
      x,
      () => other,
      (z) => mul(z, 2),
    );
    expect(await y.item()).toBe(8);
    expect(await mul(x, other).item()).toBe(12);
  });

  test("keep for a derivative what it reads", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, -1, 0.5]);
    const [dx] = grad((t) => sum(cube(t)))(x);
    const got = await dx!.data();
    [1, -1, 0.5].forEach((v, i) => {
      expect(got[i]).toBeCloseTo(6 * v * v * Math.exp(v ** 3), 4);
    });
    const [stopped] = grad((t) => sum(mul(t, stopGradient(cube(t)))))(x);
    expect((await stopped!.data())[2]).toBeCloseTo(2 * Math.exp(0.125), 4);
  });

  test("free everything when a part throws", () => {
    using _scope = device().scope();
    const x = tensor(device(), [1]);
    const fail = (): Tensor => {
      throw new Error("no");
    };
    expect(() => chain(x, exp, fail)).toThrow("no");
    expect(device().stats.liveBuffers).toBe(1);
  });
});
