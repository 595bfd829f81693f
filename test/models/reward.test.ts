import { beforeAll, describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import {
  ReportScorer,
  reportConfig,
  rewardConfig,
  TextImageScorer,
  type TextImageScorerConfig,
} from "../../src/models/reward/index.js";
import type { TokenBatch } from "../../src/models/text/text-encoder.js";
import { countParams, initParams, parameterCount } from "../../src/nn/index.js";
import { sum } from "../../src/ops/sum.js";
import { tensor } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

const TINY: TextImageScorerConfig = {
  image_size: 8,
  channels: [4, 4, 6],
  norm_num_groups: 2,
  projection_dim: 5,
  text: {
    vocab_size: 9,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 4,
  },
};
const tokens: TokenBatch = {
  ids: Uint32Array.of(2, 3, 4, 0, 5, 6, 0, 0, 7, 8, 2, 3),
  n: 3,
  length: 4,
};
const pixels = values(4, 3 * 3 * 8 * 8, -1, 1);
const scorer = (device: Device) => new TextImageScorer(initParams(device, Key.from(5)), TINY);

describe("the text-image scorer", () => {
  const device = testDevice();

  test("score is the diagonal of the cosines in logits, within [-1, 1]", async () => {
    using _scope = device().scope();
    const model = scorer(device());
    const x = tensor(device(), pixels, [3, 3, 8, 8]);
    const score = await model.score(x, tokens).data();
    const logits = await model.logits(x, tokens).data();
    expect(score).toHaveLength(3);
    for (const i of [0, 1, 2]) {
      expect(Math.abs(score[i] ?? 2)).toBeLessThanOrEqual(1);
      expect((logits[4 * i] ?? 0) * 0.07).toBeCloseTo(score[i] ?? 0, 5);
    }
  });

  test("the temperature stops at 100", async () => {
    using _scope = device().scope();
    const model = scorer(device());
    const x = tensor(device(), pixels, [3, 3, 8, 8]);
    const score = await model.score(x, tokens).data();
    model.logit_scale.value = tensor(device(), [9]);
    const logits = await model.logits(x, tokens).data();
    expect(logits[0]).toBeCloseTo(100 * (score[0] ?? 0), 3);
  });

  test("padding has no say, words do", async () => {
    using _scope = device().scope();
    const model = scorer(device());
    const x = tensor(device(), pixels.slice(0, 192), [1, 3, 8, 8]);
    const of = async (...ids: number[]) =>
      model.score(x, { ids: Uint32Array.from(ids), n: 1, length: ids.length }).item();
    expect(await of(2, 3)).toBeCloseTo(await of(2, 3, 0, 0), 5);
    expect(Math.abs((await of(2, 3)) - (await of(3, 2)))).toBeGreaterThan(1e-4);
  });

  test("the reward's gradient in the pictures: kernels = reference = differences", async () => {
    using _scope = device().scope();
    const gradient = (on: Device) => {
      const model = scorer(on);
      return grad((x) => sum(model.score(x!, tokens)))(tensor(on, pixels, [3, 3, 8, 8]))[0]!;
    };
    const reference = new ReferenceDevice();
    const want = gradient(reference).reference.data;
    expectClose(await gradient(device()).data(), want, 1e-4, "gradient of the reward");
    const one = { ids: tokens.ids.slice(0, 4), n: 1, length: 4 };
    const x = new NdArray([1, 3, 8, 8], Float64Array.from(pixels.slice(0, 192)));
    const report = gradcheck((y) => scorer(y!.device).score(y!, one), [x]);
    expect(report.ok, report.message).toBe(true);
  });
});

describe("sizes", () => {
  let counts: { reward: number; report: number };
  beforeAll(() => {
    const classes = { subjects: 24, backgrounds: 10, styles: 3 };
    counts = {
      reward: parameterCount(
        new TextImageScorer(countParams(), rewardConfig(60, 12)).parameters().values(),
      ),
      report: parameterCount(
        new ReportScorer(countParams(), reportConfig(classes)).parameters().values(),
      ),
    };
  });
  test("the two scorers of the project", () => {
    expect(counts).toMatchInlineSnapshot(`
      {
        "report": 116517,
        "reward": 346129,
      }
    `);
  });
});

describe("the report-only scorer", () => {
  const device = testDevice();

  test("gives logits of each attribute, the same on the reference", async () => {
    using _scope = device().scope();
    const config = {
      ...reportConfig({ subjects: 5, backgrounds: 4, styles: 3 }),
      channels: [4, 4, 8] as const,
      hidden_size: 6,
    };
    const run = (on: Device) =>
      new ReportScorer(initParams(on, Key.from(6)), config).forward(
        tensor(on, pixels, [3, 3, 8, 8]),
      );
    const [got, want] = [run(device()), run(new ReferenceDevice())];
    for (const [head, classes] of [
      ["subject", 5],
      ["background", 4],
      ["style", 3],
    ] as const) {
      expect(got[head].shape).toEqual([3, classes]);
      expectClose(await got[head].data(), want[head].reference.data, 1e-4, head);
    }
  });
});
