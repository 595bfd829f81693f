import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import {
  emptyCondition,
  TextEncoder,
  type TextEncoderConfig,
  type TokenBatch,
} from "../../src/models/text/text-encoder.js";
import { countParams, initParams } from "../../src/nn/index.js";
import { add } from "../../src/ops/binary.js";
import { mean } from "../../src/ops/mean.js";
import { square } from "../../src/ops/unary.js";
import { Key } from "../../src/tensor/key.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectParameterGradients } from "../nn/differences.js";
import { expectClose } from "../op-suite.js";
import { shake } from "./small.js";

const gpu = testDevice();
const host = new ReferenceDevice();

const config: TextEncoderConfig = {
  vocab_size: 11,
  hidden_size: 8,
  intermediate_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  max_position_embeddings: 6,
};

function build(device: Device): TextEncoder {
  const model = new TextEncoder(initParams(device, Key.from(1)), config);
  shake(model, 0.8);
  return model;
}

const batch = (...rows: number[][]): TokenBatch => ({
  ids: Uint32Array.from(rows.flat()),
  n: rows.length,
  length: rows[0]?.length ?? 0,
});

const rowsOf = (x: Tensor): number[][] => {
  const size = x.size / x.dim(0);
  return Array.from({ length: x.dim(0) }, (_, i) => [
    ...x.reference.data.subarray(i * size, (i + 1) * size),
  ]);
};

describe("TextEncoder", () => {
  test("names are those of CLIP's text model", () => {
    const names = [...new TextEncoder(countParams(), config).parameters().keys()];
    const layer = (i: number): string[] =>
      [
        "layer_norm1",
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "self_attn.out_proj",
        "layer_norm2",
        "mlp.fc1",
        "mlp.fc2",
      ].flatMap((n) => [`layers.${i}.${n}.weight`, `layers.${i}.${n}.bias`]);
    expect([...names].sort()).toEqual(
      [
        "token_embedding.weight",
        "position_embedding.weight",
        ...layer(0),
        ...layer(1),
        "final_layer_norm.weight",
        "final_layer_norm.bias",
      ].sort(),
    );
  });

  test("shapes; pooled is the sum over the words by their root", () => {
    using _scope = host.scope();
    const { hidden, mask, pooled } = build(host).forward(host, batch([3, 4, 0], [5, 6, 7]));
    expect([hidden.shape, mask.shape, pooled.shape]).toEqual([
      [2, 3, 8],
      [2, 3],
      [2, 8],
    ]);
    expect([...mask.reference.data].map((v) => v < 0)).toEqual([0, 0, 1, 0, 0, 0].map(Boolean));
    const at = hidden.reference;
    for (let d = 0; d < 8; d++) {
      expect(pooled.reference.at(0, d)).toBeCloseTo(
        (at.at(0, 0, d) + at.at(0, 1, d)) / Math.SQRT2,
        6,
      );
    }
  });

  test("more padding does not change the words", () => {
    using _scope = host.scope();
    const model = build(host);
    const short = model.forward(host, batch([3, 4], [5, 1]));
    const long = model.forward(host, batch([3, 4, 0, 0, 0], [5, 1, 0, 0, 0]));
    expectClose(long.pooled.reference.data, short.pooled.reference.data, 1e-12, "pooled");
    rowsOf(long.hidden).forEach((row, i) => {
      expectClose(row.slice(0, 16), rowsOf(short.hidden)[i] ?? [], 1e-12, `hidden ${i}`);
    });
  });

  test("the order of the words matters", () => {
    using _scope = host.scope();
    const model = build(host);
    const [a, b] = rowsOf(model.forward(host, batch([3, 4], [4, 3])).pooled);
    expect(a).not.toEqual(b);
  });

  test("permuting the batch permutes the condition", () => {
    using _scope = host.scope();
    const model = build(host);
    const rows = [
      [3, 4, 0],
      [5, 6, 7],
      [1, 0, 0],
    ];
    const turned = [2, 0, 1];
    const want = model.forward(host, batch(...rows));
    const got = model.forward(host, batch(...turned.map((i) => rows[i] ?? [])));
    for (const part of ["hidden", "mask", "pooled"] as const) {
      const all = rowsOf(want[part]);
      rowsOf(got[part]).forEach((row, i) => {
        expectClose(row, all[turned[i] ?? 0] ?? [], 1e-12, part);
      });
    }
  });

  test("a dropped row is the empty condition, and leaves the others alone", () => {
    using _scope = host.scope();
    const model = build(host);
    const tokens = batch([3, 4, 0], [5, 6, 7]);
    const want = model.forward(host, tokens);
    const got = model.forward(host, tokens, [true, false]);
    const empty = emptyCondition(host, 1, 3, 8);
    expectClose(rowsOf(got.hidden)[0], rowsOf(empty.hidden)[0] ?? [], 0, "hidden");
    expectClose(rowsOf(got.pooled)[0], rowsOf(empty.pooled)[0] ?? [], 0, "pooled");
    expect(rowsOf(got.hidden)[1]).toEqual(rowsOf(want.hidden)[1]);
    expect(rowsOf(got.pooled)[1]).toEqual(rowsOf(want.pooled)[1]);
  });

  test("a text without words gives finite numbers", () => {
    using _scope = host.scope();
    const { hidden, pooled } = build(host).forward(host, batch([0, 0], [1, 2]));
    expect(hidden.reference.data.every(Number.isFinite)).toBe(true);
    expect(rowsOf(pooled)[0]?.every((v) => v === 0)).toBe(true);
  });

  test("gradients equal central differences", () => {
    using _scope = host.scope();
    const model = build(host);
    const tokens = batch([3, 4, 0], [5, 3, 7]);
    const loss = (): Tensor => {
      const { hidden, pooled } = model.forward(host, tokens, [false, false]);
      return add(mean(square(hidden)), mean(pooled));
    };
    expectParameterGradients(model.parameters(), loss, { entries: 3 });
  });

  test("kernels equal the reference", async () => {
    using _gpu = gpu().scope();
    using _host = host.scope();
    const tokens = batch([3, 4, 0], [5, 6, 7]);
    const got = build(gpu()).forward(gpu(), tokens, [false, true]);
    const want = build(host).forward(host, tokens, [false, true]);
    expectClose(await got.hidden.data(), want.hidden.reference.data, 1e-5, "hidden");
    expectClose(await got.pooled.data(), want.pooled.reference.data, 1e-5, "pooled");
  });
});
