/** The programs of the benchmark against the project's own functions, in float64. */
import { describe, expect, test } from "vitest";
import { reference } from "../../benchmarks/peers/hitofude.js";
import { hitofudeOps } from "../../benchmarks/peers/hitofude-ops.js";
import { type Problem, permuted, values } from "../../benchmarks/problem.js";
import { ATTENTION_ROWS } from "../../benchmarks/rows/attention.js";
import { countFlop } from "../../benchmarks/rows/count.js";
import { attentionExpected, input, inputValues, places } from "../../benchmarks/rows/sampled.js";
import { unetProblem } from "../../benchmarks/rows/unet.js";
import { EMOJI_32 } from "../../src/cli/presets.js";
import { sinusoids } from "../../src/models/unet/timestep-embedding.js";
import {
  initParams,
  Key,
  ReferenceDevice,
  tensor,
  UNet2DConditionModel,
  write,
} from "../../src/node.js";

describe("values", () => {
  test("are the same every time, spread around the centre", () => {
    const given = input([1000], 3, { centre: 2, spread: 1 });
    const drawn = values(given);
    expect(values(given)).toEqual(drawn);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...drawn)).toBeLessThan(3);
    const mean = drawn.reduce((a, b) => a + b, 0) / 1000;
    expect(Math.abs(mean - 2)).toBeLessThan(0.1);
    expect(values({ ...given, seed: 4 })).not.toEqual(drawn);
  });

  test("NCHW → NHWC → NCHW is the same", () => {
    const shape = [2, 3, 4, 5];
    const data = Float32Array.from({ length: 120 }, (_, i) => i);
    const there = permuted(data, shape, [0, 2, 3, 1]);
    expect(there[1]).toBe(20);
    expect(permuted(there, [2, 4, 5, 3], [0, 3, 1, 2])).toEqual(data);
  });

  test("places hold the first, the last, and no more than asked", () => {
    expect([...places(3)]).toEqual([0, 1, 2]);
    const some = places(1000, 10);
    expect([some.length, some[0], some[9]]).toEqual([10, 0, 999]);
  });
});

describe("references of samples", () => {
  test("attention and its gradients are those of the ops", () => {
    const [forward, backward] = ATTENTION_ROWS;
    const shape = [1, 8, 6];
    const small = ({ problem }: { problem?: Problem }): Problem => ({
      ...problem!,
      inputs: problem!.inputs.map((each) => ({ ...each, shape })),
      program: (ops, x) => [ops.attention(x(0), x(1), x(2), 2)],
    });
    for (const problem of [small(forward!), small(backward!)]) {
      const want = reference(problem);
      const expected = attentionExpected(inputValues(problem), { heads: 2, T: 8, d: 3 });
      expect(expected).toHaveLength(want.length);
      expected.forEach(({ at, want: values }, i) => {
        at.forEach((place, n) => {
          expect(values[n]).toBeCloseTo(want[i]![place]!, 10);
        });
      });
    }
  });
});

const TINY = {
  ...EMOJI_32.unet,
  sample_size: 4,
  in_channels: 3,
  out_channels: 3,
  block_out_channels: [8, 16],
  norm_num_groups: 4,
  cross_attention_dim: 8,
  projection_class_embeddings_input_dim: 8,
};

describe("the UNet as a program", () => {
  test("is the model's UNet", () => {
    const problem = unetProblem(TINY, 2, false);
    const device = new ReferenceDevice();
    using _scope = device.scope();
    const tensors = problem.inputs.map((each) => tensor(device, values(each), each.shape));
    const [sample, , hidden, mask, pooled, ...weights] = tensors;
    const model = new UNet2DConditionModel(initParams(device, Key.from(1)), TINY);
    [...model.parameters().values()].forEach(({ value }, i) => {
      write(value, weights[i]!.reference.data);
    });
    const t = tensor(device, [0.3, 0.7]);
    const waves = sinusoids(t, { dim: 8, flip_sin_to_cos: true, freq_shift: 0 });
    const condition = { hidden: hidden!, mask: mask!, pooled: pooled! };
    const want = model.forward(sample!, t, condition).reference.data;
    const of = (i: number) => (i === 1 ? waves : tensors[i]!);
    const [got] = problem.program(hitofudeOps, of);
    expect(got!.shape).toEqual(sample!.shape);
    got!.reference.data.forEach((value, i) => {
      expect(value).toBeCloseTo(want[i]!, 9);
    });
  });

  test("its operations are counted on shapes", () => {
    const small = countFlop(unetProblem(TINY, 1, false));
    expect(countFlop(unetProblem(TINY, 2, false))).toBe(2 * small);
    expect(small).toBeGreaterThan(1e5);
  });
});
