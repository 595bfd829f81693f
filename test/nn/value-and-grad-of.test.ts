import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { initParams, joinParameters, Linear, valueAndGradOf } from "../../src/nn/index.js";
import { sum } from "../../src/ops/sum.js";
import { square, tanh } from "../../src/ops/unary.js";
import { tensor } from "../../src/tensor/create.js";
import { Key } from "../../src/tensor/key.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";
import { expectParameterGradients } from "./differences.js";

const gpu = testDevice();
type AnyDevice = Parameters<typeof initParams>[0];

function twoLayers(device: AnyDevice) {
  const params = initParams(device, Key.from(2));
  const below = new Linear(params.at("below"), { in: 3, out: 4 });
  const above = new Linear(params.at("above"), { in: 4, out: 2 });
  const of = (x: Tensor): Tensor => sum(square(above.forward(tanh(below.forward(x)))));
  const x = tensor(device, values(1, 6), [2, 3]);
  return { below, above, of, x };
}

describe("valueAndGradOf", () => {
  test("equals central differences, for all parameters and with any of them frozen", () => {
    const host = new ReferenceDevice();
    using _scope = host.scope();
    const { below, above, of, x } = twoLayers(host);
    const [a, b] = [below.parameters(), above.parameters()];
    const both = joinParameters({ below, above });
    for (const some of [a, b, both]) {
      expectParameterGradients(some, () => of(x), { entries: 12, tolerance: 1e-8 });
    }
  });

  test("gives gradients of the listed parameters alone, by name", () => {
    using _scope = gpu().scope();
    const { below, of, x } = twoLayers(gpu());
    const { grads } = valueAndGradOf(below.parameters(), () => of(x));
    expect([...grads.keys()]).toEqual(["weight", "bias"]);
    expect(grads.get("weight")?.shape).toEqual([4, 3]);
  });

  test("freezing what lies above does not change the gradients below", async () => {
    using _scope = gpu().scope();
    const { below, above, of, x } = twoLayers(gpu());
    const frozen = valueAndGradOf(below.parameters(), () => of(x));
    const full = valueAndGradOf(joinParameters({ below, above }), () => of(x));
    expect(await frozen.value.item()).toBe(await full.value.item());
    for (const name of ["weight", "bias"]) {
      const want = (await full.grads.get(`below.${name}`)?.data()) ?? [];
      expect(await frozen.grads.get(name)?.data()).toEqual(want);
    }
  });

  test("gradient passes through frozen weights to an input", () => {
    const weights = (device: ReferenceDevice) => twoLayers(device);
    const report = gradcheck(
      (x) => {
        if (!(x.device instanceof ReferenceDevice)) throw new Error("not a reference device");
        return weights(x.device).of(x);
      },
      [new NdArray([2, 3], Float64Array.from(values(4, 6)))],
    );
    expect(report.ok, report.message).toBe(true);
  });

  test("kernels and reference agree on the input's gradient", async () => {
    const host = new ReferenceDevice();
    using _gpu = gpu().scope();
    using _host = host.scope();
    const run = (device: AnyDevice): Tensor | undefined => {
      const { of, x } = twoLayers(device);
      return grad(of)(x)[0];
    };
    expectClose(await run(gpu())?.data(), run(host)?.reference.data ?? [], 1e-5, "dx");
  });

  test("puts the parameters back, also when the loss throws", () => {
    using _scope = gpu().scope();
    const { below, of, x } = twoLayers(gpu());
    const before = below.weight.value;
    let inside: Tensor | undefined;
    valueAndGradOf(below.parameters(), () => {
      inside = below.weight.value;
      return of(x);
    });
    expect(inside).not.toBe(before);
    expect(below.weight.value).toBe(before);
    expect(before.tape).toBeUndefined();
    const failing = (): Tensor => {
      throw new Error("on purpose");
    };
    expect(() => valueAndGradOf(below.parameters(), failing)).toThrow("on purpose");
    expect(below.weight.value).toBe(before);
  });

  test("hands the aux over and frees the rest", async () => {
    const { below, above, of, x } = twoLayers(gpu());
    const before = gpu().stats.liveBuffers;
    const { value, grads, aux } = valueAndGradOf(below.parameters(), () => {
      const y = below.forward(x);
      return { loss: of(x), aux: { y } };
    });
    expect(gpu().stats.liveBuffers).toBe(before + 2 + grads.size);
    expect(aux?.y.shape).toEqual([2, 4]);
    for (const t of [value, aux?.y, ...grads.values(), x]) t?.dispose();
    below.dispose();
    above.dispose();
  });
});
