/**
 * A prompt in, a picture out, in one evaluation of the network:
 *
 *     x₀ = D(σ_init z; σ_init, c),      z ~ N(0, I)
 *
 *     npx tsx examples/10-generate.ts "a red heart on a blue background" heart.png
 */
import { fileURLToPath } from "node:url";
import {
  data,
  encodePng,
  Key,
  loadModel,
  loadParams,
  openNodeDevice,
  TextToImage,
  type TextToImageConfig,
  toPixels,
  writeFile,
} from "../src/node.js";

const [prompt = "a red heart on a blue background", out = "picture.png"] = process.argv.slice(2);
const path = new URL("../models/emoji-32/one-step.safetensors", import.meta.url);

const { device, close } = await openNodeDevice();
{
  using _scope = device.scope();
  // A model file holds its tensors, and in its metadata the config that builds the model.
  const { tensors, metadata } = loadModel(fileURLToPath(path));
  const params = loadParams(device, tensors);
  const config = JSON.parse(metadata.model ?? "{}") as TextToImageConfig;
  const model = TextToImage.build(params, config);
  params.finish();

  // Words → ids → condition.
  const { ids, unknown } = data.tokenize(prompt);
  if (unknown.length > 0) console.log(`not in the vocabulary: ${unknown.join(", ")}`);
  const tokens = { ids: Uint32Array.from(ids), n: 1, length: data.MAX_TOKENS };
  const condition = model.condition(device, tokens);

  // Noise → latents, by one evaluation → pixels.
  const z = model.noise(device, Key.from(1), 1);
  const picture = model.decode(model.oneStep(z, condition));
  const pixels = toPixels(await picture.data(), 0, picture.dim(-1));
  writeFile(out, encodePng(pixels));
  console.log(`${out}: ${pixels.width} × ${pixels.height}, "${prompt}", on ${device.name}`);

  // What the exact checkers read back from the picture.
  const { background } = data.readScene((await picture.data()) as Float32Array);
  console.log(`background: ${background}`);
}
close();
