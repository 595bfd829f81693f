/**
 * What is in a tensor, which ops a function is made of, and where its time goes.
 *
 *     L = mean (relu(x W₁ᵀ) W₂ᵀ − y)²
 *
 *     npx tsx examples/07-seeing-inside.ts [folder]          writes graph.svg and trace.json
 */
import { join } from "node:path";
import * as h from "../src/node.js";

const [folder = "."] = process.argv.slice(2);

const { device, close } = await h.openNodeDevice();
{
  using _scope = device.scope();
  const [k_x, k_y, k_1, k_2] = h.Key.from(1).split(4) as [h.Key, h.Key, h.Key, h.Key];
  const normal = (key: h.Key, shape: h.Shape, label: string): h.Tensor =>
    h.randomNormal(device, key, shape).alias({ label });
  const x = normal(k_x, [64, 128], "x");
  const y = normal(k_y, [64, 16], "y");
  const w1 = normal(k_1, [256, 128], "w1");
  const w2 = normal(k_2, [16, 256], "w2");

  // 1. A tensor: one line without waiting, or its statistics and a corner of its values.
  console.log(`${x}\n`);
  console.log(`${await h.show(x, { edge: 2 })}\n`);

  // 2. The op graph. Weights are inputs, so that they appear by name.
  const loss = (x: h.Tensor, y: h.Tensor, w1: h.Tensor, w2: h.Tensor): h.Tensor => {
    const hidden = h.relu(h.matmul(x, w1, { transposeB: true }));
    return h.mean(h.square(h.sub(h.matmul(hidden, w2, { transposeB: true }), y)));
  };
  const graph = h.trace(loss, x, y, w1, w2);
  console.log(`${graph.text}\n`);
  h.writeFile(join(folder, "graph.svg"), graph.svg);

  // 3. Time by kernel. The first run compiles, so it is not the one to measure; the ceilings are
  // what this adapter reaches in multiply-adds alone, and in a copy alone.
  const step = () =>
    h
      .grad(loss)(x, y, w1, w2)
      .map((dx) => dx.dispose());
  step();
  await h.measureCeilings(device);
  const profile = await device.profile(step);
  console.log(profile.table);
  // For chrome://tracing, ui.perfetto.dev or speedscope.app.
  h.writeFile(join(folder, "trace.json"), JSON.stringify(profile.chromeTrace));
}
close();
