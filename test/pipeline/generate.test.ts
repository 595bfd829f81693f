/**
 * One-step generation as a captured step:
 *
 *     exact      a replay gives the bits of the eager pictures, for every prompt and every key
 *     one run    prompts and keys are inputs: nothing of the first run stays behind
 */
import { expect, test } from "vitest";
import { tokenValues } from "../../src/models/text/text-encoder.js";
import { capture, type StepTensors } from "../../src/tensor/capture.js";
import { Key } from "../../src/tensor/key.js";
import { microModel, prompts } from "../alignment/micro.js";
import { testDevice } from "../device.js";

const gpu = testDevice();
type Input = "key" | "ids" | "mask" | "weights" | "keep";

test("a captured generator paints what the eager one does, bit for bit", async () => {
  using _scope = gpu().scope();
  const model = microModel(gpu(), 11);
  const n = 3;
  const step = capture(gpu(), ({ key, ...words }: StepTensors<Input>) => {
    const condition = model.condition(gpu(), { n, length: 4, ...words });
    return model.decode(model.oneStep(model.noise(gpu(), key, n), condition));
  });
  const seen = new Set<string>();
  for (const round of [0, 1, 2]) {
    const key = Key.from(round);
    const tokens = prompts(n, round);
    const got = await step.run({ key: Uint32Array.from(key.words), ...tokenValues(tokens) }).data();
    const condition = model.condition(gpu(), tokens);
    const want = await model.decode(model.oneStep(model.noise(gpu(), key, n), condition)).data();
    expect(got).toEqual(want);
    seen.add(got.join());
  }
  expect(seen.size).toBe(3);
});
