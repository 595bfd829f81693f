/** The reader of model configs: SDXL's added embedding, and files from before there was a field. */
import { describe, expect, test } from "vitest";
import { checkModelConfig } from "../../src/cli/model-config.js";
import { EMOJI_32 } from "../../src/cli/presets.js";
import { buildModel, initParams } from "../../src/nn/index.js";
import { TextToImage } from "../../src/pipeline/text-to-image.js";
import { Key } from "../../src/tensor/key.js";
import { testDevice } from "../device.js";

const device = testDevice();
const read = (table: unknown) => checkModelConfig(table, (what) => new Error(what));
const withUNet = (change: object) => ({ ...EMOJI_32, unet: { ...EMOJI_32.unet, ...change } });
/** 64 of the pooled text, and 6 numbers of 8 each. */
const TEXT_TIME = {
  class_embed_type: null,
  addition_embed_type: "text_time",
  addition_time_embed_dim: 8,
  projection_class_embeddings_input_dim: 64 + 6 * 8,
};

describe("text_time", () => {
  test("is read, and the model that it makes can be fed", async () => {
    using _scope = device().scope();
    const config = read(withUNet(TEXT_TIME));
    expect(config.unet).toMatchObject(TEXT_TIME);
    const params = initParams(device(), Key.from(1));
    const model = buildModel(device(), params, (p) => TextToImage.build(p, config));
    expect(model.unet.add_embedding?.linear_1.weight.shape).toEqual([256, 112]);
    const tokens = { ids: new Uint32Array(2 * 12).fill(1), n: 2, length: 12 };
    const condition = model.condition(device(), tokens);
    const sizes = [32, 32, 0, 0, 32, 32];
    expect([...(await condition.time_ids!.data())]).toEqual([...sizes, ...sizes]);
    expect(model.empty(device(), tokens).time_ids?.shape).toEqual([2, 6]);
    const y = model.oneStep(model.noise(device(), Key.from(2), 2), condition);
    expect((await y.data()).every(Number.isFinite)).toBe(true);
  });

  test("its widths must fit", () => {
    const tell = (change: object) => () => read(withUNet({ ...TEXT_TIME, ...change }));
    expect(tell({ projection_class_embeddings_input_dim: 64 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the model's projection_class_embeddings_input_dim is 64; it must be 112.]`,
    );
    expect(tell({ addition_time_embed_dim: null })).toThrowErrorMatchingInlineSnapshot(
      `[Error: the model's addition_embed_type is text_time; give its addition_time_embed_dim.]`,
    );
    expect(tell({ addition_time_embed_dim: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: unet.addition_time_embed_dim is 1.5; give a whole number, at least 1.]`,
    );
    expect(tell({ addition_embed_type: "image" })).toThrowErrorMatchingInlineSnapshot(
      `[Error: unet.addition_embed_type is "image"; give one of: text_time.]`,
    );
  });
});

test("files without the fields are read as before; other fields must be there", () => {
  const { unet, ...rest } = read(EMOJI_32);
  const { addition_embed_type, addition_time_embed_dim, ...before } = unet;
  expect({ ...rest, unet: before }).toEqual(EMOJI_32);
  expect([addition_embed_type, addition_time_embed_dim]).toEqual([null, null]);
  const { norm_eps, ...less } = EMOJI_32.unet;
  expect(() => read({ ...EMOJI_32, unet: less })).toThrow("unet.norm_eps is missing");
  expect(norm_eps).toBe(1e-5);
});
