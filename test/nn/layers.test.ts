/** Each layer against its formula, written as loops, in float64. */
import { describe, expect, test } from "vitest";
import { ReferenceDevice } from "../../src/device/reference.js";
import {
  Conv2d,
  Embedding,
  GroupNorm,
  initParams,
  LayerNorm,
  Linear,
  type Module,
} from "../../src/nn/index.js";
import { tensor, write } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";

const gpu = testDevice();
const host = new ReferenceDevice();
const params = initParams(host, Key.from(3));

/** Norms start at 1 and 0, which would hide mistakes. */
function shake(module: Module): void {
  let seed = 50;
  for (const { value } of module.parameters().values()) write(value, values(seed++, value.size));
}

const input = (...shape: number[]): Tensor => tensor(host, values(9, sizeOf(shape)), shape);
const data = (x: { value: Tensor } | undefined): Float64Array =>
  x?.value.reference.data ?? new Float64Array();

describe("Linear", () => {
  test.each([[true], [false]])("y = x Wᵀ + b (bias: %s)", (bias) => {
    using _scope = host.scope();
    const layer = new Linear(params, { in: 5, out: 3, bias });
    const x = input(2, 4, 5);
    const y = layer.forward(x);
    expect(y.shape).toEqual([2, 4, 3]);
    const [w, b] = [data(layer.weight), data(layer.bias)];
    const want = Array.from({ length: 2 * 4 * 3 }, (_, flat) => {
      const [row, o] = [Math.floor(flat / 3), flat % 3];
      let sum = bias ? (b[o] ?? 0) : 0;
      for (let i = 0; i < 5; i++) sum += (w[o * 5 + i] ?? 0) * x.reference.flat(row * 5 + i);
      return sum;
    });
    expectClose(y.reference.data, want, 1e-12, "linear");
    expect([...layer.parameters().keys()]).toEqual(bias ? ["weight", "bias"] : ["weight"]);
  });
});

describe("Conv2d", () => {
  test.each([
    { kernel: 3, stride: 1, padding: 1 },
    { kernel: 3, stride: 2, padding: 1 },
    { kernel: 1, stride: 1, padding: 0 },
    { kernel: 2, stride: 2, padding: 0 },
  ])("a sum over the window: %o", ({ kernel, stride, padding }) => {
    using _scope = host.scope();
    const layer = new Conv2d(params, { in: 2, out: 3, kernel, stride, padding });
    const [h, w] = [6, 4];
    const x = input(2, 2, h, w);
    const y = layer.forward(x);
    const size = (n: number): number => Math.floor((n + 2 * padding - kernel) / stride) + 1;
    expect(y.shape).toEqual([2, 3, size(h), size(w)]);
    const [weight, b] = [layer.weight.value.reference, data(layer.bias)];
    const pixel = (n: number, c: number, i: number, j: number): number =>
      i < 0 || j < 0 || i >= h || j >= w ? 0 : x.reference.at(n, c, i, j);
    for (let n = 0; n < 2; n++) {
      for (let o = 0; o < 3; o++) {
        for (let i = 0; i < size(h); i++) {
          for (let j = 0; j < size(w); j++) {
            let sum = b[o] ?? 0;
            for (let k = 0; k < 2 * kernel * kernel; k++) {
              const [c, u] = [Math.floor(k / kernel ** 2), Math.floor(k / kernel) % kernel];
              const v = k % kernel;
              const at = pixel(n, c, stride * i + u - padding, stride * j + v - padding);
              sum += weight.at(o, c, u, v) * at;
            }
            expect(y.reference.at(n, o, i, j)).toBeCloseTo(sum, 12);
          }
        }
      }
    }
  });
});

describe("norms", () => {
  const normal = (row: number[], eps: number): number[] => {
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
    return row.map((v) => (v - mean) / Math.sqrt(variance + eps));
  };

  test("LayerNorm normalises rows", () => {
    using _scope = host.scope();
    const layer = new LayerNorm(params, { size: 7, eps: 0.01 });
    shake(layer);
    const x = input(3, 2, 7);
    const [w, b] = [data(layer.weight), data(layer.bias)];
    const want = x.reference
      .rows()
      .flatMap((row) => normal(row, 0.01).map((v, i) => v * (w[i] ?? 0) + (b[i] ?? 0)));
    expectClose(layer.forward(x).reference.data, want, 1e-12, "layer norm");
  });

  test("GroupNorm normalises groups of channels, with and without silu", () => {
    using _scope = host.scope();
    const layer = new GroupNorm(params, { groups: 2, channels: 6, eps: 0.02 });
    shake(layer);
    const x = input(2, 6, 2, 2);
    const [w, b] = [data(layer.weight), data(layer.bias)];
    const group = 3 * 4;
    const want = Array.from({ length: 4 }, (_, g) =>
      normal([...x.reference.data.subarray(g * group, (g + 1) * group)], 0.02),
    )
      .flat()
      .map((v, flat) => {
        const c = Math.floor(flat / 4) % 6;
        return v * (w[c] ?? 0) + (b[c] ?? 0);
      });
    expectClose(layer.forward(x).reference.data, want, 1e-12, "group norm");
    const silu = want.map((v) => v / (1 + Math.exp(-v)));
    expectClose(layer.forwardSilu(x).reference.data, silu, 1e-12, "group norm, silu");
  });
});

test("Embedding looks rows up", () => {
  using _scope = host.scope();
  const layer = new Embedding(params, { count: 5, size: 3 });
  const ids = tensor(host, Uint32Array.of(4, 0, 4, 2), [2, 2]);
  const y = layer.forward(ids);
  expect(y.shape).toEqual([2, 2, 3]);
  const rows = layer.weight.value.reference.rows();
  expect([...y.reference.data]).toEqual([4, 0, 4, 2].flatMap((id) => rows[id] ?? []));
});

test("the kernels of all layers agree with the reference", async () => {
  const run = (device: typeof host | ReturnType<typeof gpu>): Tensor => {
    const source = initParams(device, Key.from(8));
    const x = tensor(device, values(4, 2 * 4 * 5 * 5), [2, 4, 5, 5]);
    const conv = new Conv2d(source.at("conv"), { in: 4, out: 8, kernel: 3, stride: 2, padding: 1 });
    const norm = new GroupNorm(source.at("norm"), { groups: 4, channels: 8 });
    const linear = new Linear(source.at("linear"), { in: 3, out: 6 });
    const last = new LayerNorm(source.at("last"), { size: 6 });
    return last.forward(linear.forward(norm.forwardSilu(conv.forward(x))));
  };
  using _gpu = gpu().scope();
  using _host = host.scope();
  expectClose(await run(gpu()).data(), run(host).reference.data, 1e-4, "layers");
});
