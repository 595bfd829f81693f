/**
 * Laws of captured steps:
 *
 *     exact       a replay gives the bits that the function itself would give
 *     in place    tensors from outside are bound as they are, and updated
 *     constant    what the host gave inside the function stays what it was
 *     bounded     memory is planned, counted, does not grow, and goes with the step
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad, valueAndGrad } from "../../src/autograd/index.js";
import type { GpuDevice } from "../../src/device/device.js";
import { openNodeDevice } from "../../src/device/node-device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { add, mul, sub } from "../../src/ops/binary.js";
import { concat } from "../../src/ops/concat.js";
import { matmul } from "../../src/ops/matmul.js";
import { mean } from "../../src/ops/mean.js";
import { reshape } from "../../src/ops/reshape.js";
import { sum } from "../../src/ops/sum.js";
import { sin, square, tanh } from "../../src/ops/unary.js";
import { capture, type StepTensors } from "../../src/tensor/capture.js";
import { copyInto, ones, tensor, write } from "../../src/tensor/create.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { values } from "../random.js";
import { INPUT_BOUND, programs, runProgram } from "./program.js";

const gpu = testDevice();

const bits = async (xs: readonly Tensor[]): Promise<ArrayLike<number>[]> =>
  Promise.all(xs.map((x) => x.data()));

describe("a replay is the function, bit for bit", () => {
  test("random programs and their gradients, on three sets of inputs", async () => {
    await fc.assert(
      fc.asyncProperty(programs, fc.nat(1000), async (program, seed) => {
        const device = gpu();
        using _scope = device.scope();
        const f = valueAndGrad((...xs: Tensor[]) => runProgram(program, xs));
        const draw = (round: number): Record<string, Tensor> =>
          Object.fromEntries(
            program.inputs.map((shape, i) => {
              const v = values(seed + 31 * round + i, sizeOf(shape), -INPUT_BOUND, INPUT_BOUND);
              return [`x${i}`, tensor(device, v, shape)];
            }),
          );
        const step = capture(device, (inputs: StepTensors<string>) => f(...Object.values(inputs)));
        for (let round = 0; round < 3; round++) {
          const inputs = draw(round);
          const want = f(...Object.values(inputs));
          const got = step.run(inputs);
          expect(await bits([got.value, ...got.grads])).toEqual(
            await bits([want.value, ...want.grads]),
          );
        }
        const { planned, sum: apart, least } = step.memory!;
        expect(least).toBeLessThanOrEqual(planned);
        expect(planned).toBeLessThanOrEqual(apart);
      }),
      { numRuns: 25 },
    );
  });

  test("values given as arrays are vectors; results are the same tensors every time", async () => {
    using _scope = gpu().scope();
    const step = capture(gpu(), ({ x, k }: StepTensors<"x" | "k">) => ({
      y: mul(reshape(x, [2, 2]), 3),
      list: [add(x, 1)],
      k,
      name: "kept",
    }));
    const first = step.run({ x: [1, 2, 3, 4], k: Uint32Array.of(7) });
    expect([...(await first.y.data())]).toEqual([3, 6, 9, 12]);
    const second = step.run({ x: Float32Array.of(5, 6, 7, 8), k: Uint32Array.of(9) });
    expect(second).toBe(first);
    expect(second.name).toBe("kept");
    expect(second.y.shape).toEqual([2, 2]);
    expect([...(await second.y.data())]).toEqual([15, 18, 21, 24]);
    expect([...(await second.list[0]!.data())]).toEqual([6, 7, 8, 9]);
    expect([...(await second.k.data())]).toEqual([9]);
  });

  test("a result can be the next input", async () => {
    using _scope = gpu().scope();
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => mul(x, 2));
    let x = step.run({ x: [1, -3] });
    for (let i = 0; i < 4; i++) x = step.run({ x });
    expect([...(await x.data())]).toEqual([32, -96]);
  });

  test("mode eager, and the reference device: the function runs every time", async () => {
    const host = new ReferenceDevice();
    for (const device of [gpu(), host]) {
      using _scope = device.scope();
      let runs = 0;
      const step = capture(
        device,
        ({ x }: StepTensors<"x">) => {
          runs += 1;
          return square(x);
        },
        { mode: "eager" },
      );
      for (const v of [2, 3, 4]) expect(await step.run({ x: [v] }).item()).toBe(v * v);
      expect(runs).toBe(3);
      expect(step.memory).toBeUndefined();
    }
    expect(host.stats.liveBuffers).toBe(0);
  });

  test("replays run no code of the function", () => {
    using _scope = gpu().scope();
    let runs = 0;
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => {
      runs += 1;
      return sum(tanh(x));
    });
    step.run({ x: [1, 2] });
    const { dispatches, submissions } = gpu().stats;
    step.run({ x: [3, 4] });
    expect(runs).toBe(1);
    expect(gpu().stats.dispatches - dispatches).toBe(2);
    expect(gpu().stats.submissions - submissions).toBe(1);
  });

  test("long ones are submitted in parts that grow, with the same result", async () => {
    using _scope = gpu().scope();
    const chain = (x: Tensor, y = x): Tensor => {
      for (let i = 0; i < 100; i++) y = sin(add(y, x));
      return y;
    };
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => chain(x));
    step.run({ x: [0, 0] });
    const { dispatches, submissions } = gpu().stats;
    const y = step.run({ x: [1, 2] });
    expect(gpu().stats.dispatches - dispatches).toBe(200);
    // 32 + 64 + 104
    expect(gpu().stats.submissions - submissions).toBe(3);
    expect(await y.data()).toEqual(await chain(tensor(gpu(), [1, 2])).data());
  });
});

describe("tensors from outside", () => {
  test("are updated in place, and may be written between runs", async () => {
    using _scope = gpu().scope();
    const w = tensor(gpu(), values(1, 12), [3, 4], { label: "w" });
    const twin = tensor(gpu(), values(1, 12), [3, 4]);
    const x = tensor(gpu(), values(2, 6), [2, 3]);
    const descend = (p: Tensor, lr: number): Tensor => {
      const f = valueAndGrad((q: Tensor) => mean(square(sin(matmul(x, q)))));
      const { value, grads } = f(p);
      copyInto(p, sub(p, mul(grads[0]!, lr)));
      return value;
    };
    const step = capture(gpu(), () => descend(w, 0.1));
    for (let i = 0; i < 5; i++) {
      if (i === 3) for (const p of [w, twin]) write(p, values(9, 12));
      const got = await step.run({}).item();
      const want = await descend(twin, 0.1).item();
      expect(got).toBe(want);
      expect(await w.data()).toEqual(await twin.data());
    }
  });

  test("a step whose tensor was freed says which", () => {
    using _scope = gpu().scope();
    const w = tensor(gpu(), [1, 2], [2], { label: "unet.conv_in.bias" });
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => add(x, w));
    step.run({ x: [1, 1] });
    w.dispose();
    expect(() => step.run({ x: [1, 1] })).toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: capture: unet.conv_in.bias was freed, and the captured step uses it. Free the step first, and capture a new one.]`,
    );
  });

  test("a step whose result was freed says so too", () => {
    using _scope = gpu().scope();
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => add(x, 1));
    step.run({ x: [1, 1] }).dispose();
    expect(() => step.run({ x: [1, 1] })).toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: capture: add was freed, and the captured step uses it. Free the step first, and capture a new one.]`,
    );
  });

  test("freed inside the function: refused", () => {
    using _scope = gpu().scope();
    const w = tensor(gpu(), [1, 2], [2], { label: "w" });
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => {
      const y = add(x, w);
      w.dispose();
      return y;
    });
    expect(() => step.run({ x: [1, 1] })).toThrowErrorMatchingInlineSnapshot(
      `[CaptureError: capture: w was made outside the captured step and is freed inside it, so a replay would miss it. Free it after the step, or update it in place.]`,
    );
  });

  test("written by the host inside the function: refused", () => {
    using _scope = gpu().scope();
    const w = tensor(gpu(), [1, 2], [2], { label: "learning rate" });
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => {
      write(w, [3, 4]);
      return mul(x, w);
    });
    expect(() => step.run({ x: [1, 1] })).toThrowErrorMatchingInlineSnapshot(
      `[CaptureError: capture: learning rate was made outside the captured step, and values of the host are written into it inside: a replay would write the same ones again. Write before the step runs, or make the values an input of the step.]`,
    );
  });
});

describe("constants", () => {
  test("stay; also those that the step overwrites begin anew at every run", async () => {
    using _scope = gpu().scope();
    let c = 1;
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => {
      const fixed = tensor(gpu(), [c, 2 * c]);
      const sums = tensor(gpu(), [10, 20]);
      const late = tensor(gpu(), [0, 0]);
      const before = add(late, 0);
      write(late, [5, 6]);
      copyInto(sums, add(sums, mul(x, fixed)));
      return { sums, late: add(late, before) };
    });
    for (const [a, b] of [
      [1, 1],
      [2, 3],
      [4, 5],
    ] as const) {
      const { sums, late } = step.run({ x: [a, b] });
      c += 1;
      expect([...(await sums.data())]).toEqual([10 + a, 20 + 2 * b]);
      expect([...(await late.data())]).toEqual([5, 6]);
    }
  });
});

describe("errors", () => {
  test("another shape, another dtype, a missing input, one too many", () => {
    using _scope = gpu().scope();
    const step = capture(gpu(), (inputs: StepTensors<string>) => add(inputs.x!, 1));
    step.run({ x: ones(gpu(), [2, 3]) });
    expect(() => step.run({ x: ones(gpu(), [3, 2]) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: capture: the input x is f32 [3, 2], and was f32 [2, 3] when the step was recorded. Capture another step for other shapes.]`,
    );
    expect(() => step.run({ x: Uint32Array.of(1) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: capture: the input x is u32 [1], and was f32 [2, 3] when the step was recorded. Capture another step for other shapes.]`,
    );
    expect(() => step.run({})).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: capture: the input x is missing; it was f32 [2, 3] when the step was recorded. Give the same inputs at every run.]`,
    );
    expect(() => step.run({ x: ones(gpu(), [2, 3]), y: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: capture: there is no input y; the step was recorded with x. Give the same inputs at every run.]`,
    );
  });

  test("reading back inside the function", () => {
    using _scope = gpu().scope();
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => {
      x.data().catch(() => undefined);
      return add(x, 1);
    });
    expect(() => step.run({ x: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[CaptureError: capture: values were read back inside the captured step, and a replay reads nothing back. Return the tensor, and read it after the step.]`,
    );
  });

  test("a function that waits", () => {
    using _scope = gpu().scope();
    const step = capture(gpu(), async ({ x }: StepTensors<"x">) => add(x, 1));
    expect(() => step.run({ x: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[CaptureError: capture: the function returned a promise. Give one that does not wait: return tensors, and read them after the step.]`,
    );
  });

  test("a function that waits and fails: its own error goes nowhere", async () => {
    using _scope = gpu().scope();
    const step = capture(gpu(), async ({ x: _ }: StepTensors<"x">) => {
      throw new Error("on purpose");
    });
    expect(() => step.run({ x: [1] })).toThrow("capture: the function returned a promise.");
    // An unhandled rejection would fail this run.
    await new Promise((resolve) => setTimeout(resolve, 1));
  });

  test("a captured step inside another one", () => {
    using _scope = gpu().scope();
    const inner = capture(gpu(), ({ x }: StepTensors<"x">) => add(x, 1));
    inner.run({ x: [1] });
    const outer = capture(gpu(), ({ x }: StepTensors<"x">) => inner.run({ x }));
    expect(() => outer.run({ x: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[CaptureError: capture: a captured step was run inside another one that is being recorded. Call its function itself there.]`,
    );
  });

  test("after it was freed; and an error of the function leaves nothing behind", () => {
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => add(x, ones(gpu(), [3])));
    expect(() => step.run({ x: [1, 2] })).toThrow(/add/);
    step.dispose();
    step.dispose();
    expect(() => step.run({ x: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: capture: a captured step was run after it was freed. Capture a new one.]`,
    );
    expect(gpu().stats.liveBuffers).toBe(0);
  });
});

describe("memory", () => {
  /** A chain of sines with the gradient, which needs every value of the way. */
  const chain = (x: Tensor): Tensor[] =>
    grad((y: Tensor) => {
      let z = y;
      for (let i = 0; i < 12; i++) z = concat([sin(z), square(tanh(z))], 0);
      return mean(z);
    })(x);

  test("200 replays grow nothing, and all goes with the step", async () => {
    const device = gpu();
    const before = device.stats.liveBytes;
    {
      using _scope = device.scope();
      const step = capture(device, ({ x }: StepTensors<"x">) => chain(x));
      step.run({ x: values(1, 8) });
      const { liveBuffers, liveBytes, pipelines, pooledBytes } = device.stats;
      for (let i = 0; i < 200; i++) step.run({ x: values(i, 8) });
      expect(device.stats).toMatchObject({ liveBuffers, liveBytes, pipelines, pooledBytes });
    }
    expect(device.stats.liveBytes).toBe(before);
  });

  test("is counted, and is planned below the sum and the eager peak", async () => {
    const device = gpu();
    using _scope = device.scope();
    const x = tensor(device, values(1, 64));
    chain(x);
    device.trim();
    device.resetPeak();
    const begin = device.stats.liveBytes;
    {
      using _inner = device.scope();
      chain(x);
    }
    const peak = device.stats.peakBytes - begin;
    const before = device.stats.liveBytes;
    const step = capture(device, (inputs: StepTensors<"x">) => chain(inputs.x));
    step.run({ x });
    const { planned, sum: apart, least, lasting } = step.memory!;
    expect(planned).toBeLessThan(0.8 * apart);
    expect(planned).toBeLessThanOrEqual(1.1 * peak);
    expect(least).toBeGreaterThan(lasting);
    const held = device.stats.liveBytes - before;
    expect(held).toBeGreaterThanOrEqual(planned);
    expect(held).toBeLessThan(planned + 400_000);
    expect(device.stats.pooledBytes).toBe(0);
  });
});

describe("beside other things", () => {
  test("two captured steps on one device, in turn with eager work", async () => {
    using _scope = gpu().scope();
    const w = tensor(gpu(), [1, 2, 3]);
    const a = capture(gpu(), ({ x }: StepTensors<"x">) => mul(tanh(x), w));
    const b = capture(gpu(), ({ x }: StepTensors<"x">) => copyAndAdd(w, x));
    let want = [1, 2, 3];
    for (let i = 0; i < 4; i++) {
      const x = values(i, 3);
      const [p, q] = [a.run({ x }), b.run({ x })];
      const eager = mul(tanh(tensor(gpu(), x)), tensor(gpu(), want));
      expect(await p.data()).toEqual(await eager.data());
      want = want.map((v, k) => Math.fround(v + x[k]!));
      expect([...(await q.data())]).toEqual(want);
    }
  });

  test("an input that is a result of the run before is used where it lies", async () => {
    using _scope = gpu().scope();
    const seen = new Map([["kept", 1]]);
    using step = capture(gpu(), ({ x }: StepTensors<"x">) => ({ x, y: add(x, 1), seen }));
    const first = step.run({ x: [1, 2] });
    expect(first.seen).toBe(seen);
    const again = step.run({ x: first.x });
    expect(again.x).toBe(first.x);
    expect([...(await again.y.data())]).toEqual([2, 3]);
    expect([...(await step.run({ x: again.y }).y.data())]).toEqual([3, 4]);
  });

  test("two devices replay side by side", async () => {
    const other = await openNodeDevice();
    try {
      const steps = [gpu(), other.device].map((device: GpuDevice) =>
        capture(device, ({ x }: StepTensors<"x">) => sum(square(x))),
      );
      for (const v of [1, 2, 3]) {
        const got = await Promise.all(steps.map((step) => step.run({ x: [v, v] }).item()));
        expect(got).toEqual([2 * v * v, 2 * v * v]);
      }
      for (const step of steps) step.dispose();
      expect(other.device.stats.liveBuffers).toBe(0);
    } finally {
      other.close();
    }
  });

  test("a profile of replays, and of the recording, sees every kernel", async () => {
    using _scope = gpu().scope();
    const step = capture(gpu(), ({ x }: StepTensors<"x">) => {
      const y = mul(tanh(x), tensor(gpu(), [2, 3]));
      return concat([y, x], 0);
    });
    const results: number[][] = [];
    const profile = await gpu().profile(async () => {
      for (const v of [1, 2, 3]) results.push([...(await step.run({ x: [v, -v] }).data())]);
    });
    const direct = [...(await step.run({ x: [3, -3] }).data())];
    expect(results[2]).toEqual(direct);
    expect(results[0]).not.toEqual(results[1]);
    const counts = profile.rows.map((row) => row.launches);
    expect(counts.length).toBeGreaterThan(1);
    for (const count of counts) expect(count % 3).toBe(0);
  });
});

function copyAndAdd(target: Tensor, x: Tensor): Tensor {
  copyInto(target, add(target, x));
  return add(target, 0);
}
