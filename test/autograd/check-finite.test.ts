import { describe, expect, test } from "vitest";
import { checkFinite } from "../../src/autograd/check-finite.js";
import { grad } from "../../src/autograd/grad.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { NonFiniteError } from "../../src/errors.js";
import { add, div, mul } from "../../src/ops/binary.js";
import { concat } from "../../src/ops/concat.js";
import { matmul } from "../../src/ops/matmul.js";
import { reshape } from "../../src/ops/reshape.js";
import { sum } from "../../src/ops/sum.js";
import { exp, sqrt } from "../../src/ops/unary.js";
import { capture, type StepTensors } from "../../src/tensor/capture.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { testDevice, testF16 } from "../device.js";

const gpu = testDevice();
const reference = new ReferenceDevice();
const devices: readonly (readonly [string, () => Device])[] = [
  ["GPU", gpu],
  ["reference", () => reference],
];

describe.each(devices)("checkFinite on the %s device", (_, device) => {
  test("gives what the function gives where all is finite, and nothing stays alive", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [1, 2, 3]);
    const live = device().stats.liveBuffers;
    const y = await checkFinite(device(), () => exp(mul(x, 2)));
    expect((await y.data())[2]).toBeCloseTo(Math.exp(6), 3);
    expect(device().stats.liveBuffers - live).toBe(2);
    expect(await checkFinite(device(), async () => "later")).toBe("later");
  });

  test("names the first op, its shape, and how many values", async () => {
    using _scope = device().scope();
    const a = tensor(device(), [1, 1, 0, 2, -1, 4], [2, 3]);
    const x = tensor(device(), [1, 0, 0, 2, 0, 4], [2, 3]);
    const run = () => sum(exp(add(mul(div(a, x), 2), 1)));
    await expect(checkFinite(device(), run)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[NonFiniteError: div: its result [2, 3] is the first to hold values that are not finite (1 NaN and 2 infinite of 6). Its inputs were finite: keep them in the op's range, by clamp or a small constant.]`,
    );
    await expect(checkFinite(device(), run)).rejects.toThrow(NonFiniteError);
  });

  test("tells an input that was so before from what the run made", async () => {
    using _scope = device().scope();
    const label = "weights";
    const w = tensor(device(), [1, 2, Number.NaN, 4, 5, 6], [3, 2], { label });
    const run = () => matmul(ones(device(), [2, 3]), w);
    await expect(checkFinite(device(), run)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[NonFiniteError: matmul: its input weights [3, 2] holds values that are not finite (1 NaN and 0 infinite of 6), and no op of the run made them. Look at where it was made or loaded.]`,
    );
  });

  test("looks into the backward pass", async () => {
    using _scope = device().scope();
    const x = tensor(device(), [4, 0]);
    expect(await checkFinite(device(), () => sum(sqrt(x)).shape)).toEqual([]);
    const backward = checkFinite(device(), () => grad((t) => sum(sqrt(t)))(x));
    await expect(backward).rejects.toThrowErrorMatchingInlineSnapshot(
      `[NonFiniteError: div: its result [2] is the first to hold values that are not finite (0 NaN and 1 infinite of 2). Its inputs were finite: keep them in the op's range, by clamp or a small constant.]`,
    );
  });

  test("counts all of a large tensor, past the first block of counts, and joined tensors", async () => {
    using _scope = device().scope();
    const many = new Float32Array(70_000);
    for (let i = 0; i < many.length; i += 7) many[i] = Number.POSITIVE_INFINITY;
    const x = tensor(device(), many);
    const run = () => {
      using _inner = device().scope();
      let y = ones(device(), [4]);
      for (let i = 0; i < 1030; i++) y = reshape(y, i % 2 === 0 ? [2, 2] : [4]);
      concat([y, x], 0);
    };
    await expect(checkFinite(device(), run)).rejects.toThrow(
      "concat: its input tensor [70000] holds values that are not finite (0 NaN and 10000 infinite",
    );
  });

  test("integers and empty tensors take no part", async () => {
    using _scope = device().scope();
    const bits = tensor(device(), Uint32Array.of(0x7f800000, 0x7fc00000));
    const twice = await checkFinite(device(), () => [mul(bits, 1), exp(zeros(device(), [0]))]);
    expect([...(await twice[0]!.data())]).toEqual([0x7f800000, 0x7fc00000]);
  });

  test("ends with the function that throws, and is not begun twice", async () => {
    using _scope = device().scope();
    const failing = checkFinite(device(), () => {
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(device().observer).toBeUndefined();
    const nested = checkFinite(device(), () => checkFinite(device(), () => 1));
    await expect(nested).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UsageError: checkFinite: a check or a trace is under way on this device. Await it first.]`,
    );
    expect(device().observer).toBeUndefined();
  });

  test("a captured step is checked in eager mode", async () => {
    using _scope = device().scope();
    using step = capture(device(), ({ x }: StepTensors<"x">) => div(1, x), { mode: "eager" });
    const run = () => step.run({ x: [0, 1] });
    await expect(checkFinite(device(), run)).rejects.toThrow(
      "div: its result [2] is the first to hold values that are not finite (0 NaN and 1 infinite",
    );
  });
});

test("recording a step is refused: its replays would not be seen", async () => {
  using _scope = gpu().scope();
  using step = capture(gpu(), ({ x }: StepTensors<"x">) => exp(x));
  const run = () => step.run({ x: [1] });
  await expect(checkFinite(gpu(), run)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[CaptureError: checkFinite: exp is being captured, and replays are not checked. Capture the step with mode "eager" for the check.]`,
  );
});

testF16("halves overflow where floats do not", gpu, async (device) => {
  const x = tensor(device, [300, 200], [2], { dtype: "f16" });
  await expect(checkFinite(device, () => mul(x, x))).rejects.toThrow(
    "mul: its result [2] is the first to hold values that are not finite (0 NaN and 1 infinite",
  );
});
