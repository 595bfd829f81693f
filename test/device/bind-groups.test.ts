/** A bind group is made once for each program and set of buffer parts, and forgotten on request. */
import { expect, test } from "vitest";
import { BindGroups } from "../../src/device/bind-groups.js";
import type { Pipeline } from "../../src/device/pipelines.js";
import { add } from "../../src/ops/binary.js";
import { tensor } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";

const gpu = testDevice();

function standIn() {
  let made = 0;
  const buffer = (): GPUBuffer => ({}) as GPUBuffer;
  const createBindGroup = (): GPUBindGroup => {
    made += 1;
    return {} as GPUBindGroup;
  };
  const groups = new BindGroups({ createBindGroup } as unknown as GPUDevice);
  const pipeline = (): Pipeline => ({ layout: {}, pipeline: {}, writes: new Set() }) as never;
  return { groups, buffer, pipeline, made: () => made };
}

test("the same parts of the same buffers share a group; anything else does not", () => {
  const { groups, buffer, pipeline } = standIn();
  const [p, q] = [pipeline(), pipeline()];
  const [a, b] = [buffer(), buffer()];
  const u = { buffer: buffer(), offset: 512, size: 16 };
  const range = { buffer: a, offset: 0, size: 256 };
  const first = groups.get(p, [range, { ...range, buffer: b }], u);
  expect(groups.get(p, [{ ...range }, { ...range, buffer: b }], u)).toBe(first);
  for (const other of [
    groups.get(q, [range, { ...range, buffer: b }], u),
    groups.get(p, [{ ...range, buffer: b }, range], u),
    groups.get(
      p,
      [
        { ...range, offset: 256 },
        { ...range, buffer: b },
      ],
      u,
    ),
    groups.get(
      p,
      [
        { ...range, size: 16 },
        { ...range, buffer: b },
      ],
      u,
    ),
  ]) {
    expect(other).not.toBe(first);
  }
});

test("their number is bounded", () => {
  const { groups, buffer, pipeline, made } = standIn();
  const p = pipeline();
  const u = { buffer: buffer(), offset: 0, size: 16 };
  const range = { buffer: buffer(), offset: 0, size: 16 };
  const first = groups.get(p, [range], u);
  for (let i = 0; i < 9000; i++) groups.get(p, [{ ...range, buffer: buffer() }], u);
  expect(groups.get(p, [range], u)).not.toBe(first);
  expect(made()).toBe(9002);
});

test("more different uniforms than there is room for: values stay right", async () => {
  using _scope = gpu().scope();
  const x = tensor(gpu(), [1]);
  const first = add(x, 0.5);
  for (let i = 0; i < 5000; i++) add(x, i).dispose();
  const last = add(x, 4999.5);
  expect([await first.item(), await last.item()]).toEqual([1.5, 5000.5]);
  expect(await add(x, 17).item()).toBe(18);
});

test("buffers that were destroyed and made anew are not mixed up", async () => {
  for (let i = 0; i < 4; i++) {
    using _scope = gpu().scope();
    const y = add(tensor(gpu(), [i, 2]), tensor(gpu(), [10, 20 * i]));
    expect([...(await y.data())]).toEqual([i + 10, 2 + 20 * i]);
    _scope.end();
    gpu().trim();
  }
});
