/** No state is shared: two devices of one process have their own buffers, pipelines and scopes. */
import { afterEach, expect, test } from "vitest";
import { grad } from "../../src/autograd/index.js";
import { type NodeDevice, openNodeDevice } from "../../src/device/node-device.js";
import { add, mul } from "../../src/ops/binary.js";
import { matmul } from "../../src/ops/matmul.js";
import { sum } from "../../src/ops/sum.js";
import { sin } from "../../src/ops/unary.js";
import { ones, tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { values } from "../random.js";

const open: NodeDevice[] = [];
afterEach(() => {
  for (const one of open.splice(0)) {
    expect(one.device.stats.liveBuffers, "buffers left alive").toBe(0);
    one.close();
  }
});

async function openTwo(): Promise<readonly [NodeDevice, NodeDevice]> {
  const [a, b] = [await openNodeDevice(), await openNodeDevice()];
  open.push(a, b);
  return [a, b];
}

const f = (x: Tensor): Tensor => sum(sin(matmul(x, x)));

test("two devices compute in turns, and give the same bits", async () => {
  const [{ device: a }, { device: b }] = await openTwo();
  using _a = a.scope();
  using _b = b.scope();
  const [x, y] = [a, b].map((device) => tensor(device, values(1, 64), [8, 8]));
  const [dx] = grad(f)(x!);
  const [dy] = grad(f)(y!);
  const [again, andAgain] = [grad(f)(dx!)[0]!, grad(f)(dy!)[0]!];
  const [left, right] = await Promise.all([again.data(), andAgain.data()]);
  expect(left).toEqual(right);
  expect(left.some((v) => v !== 0)).toBe(true);
  expect(a.stats.pipelines).toBe(b.stats.pipelines);
});

test("each counts its own buffers and has its own scopes", async () => {
  const [{ device: a }, { device: b }] = await openTwo();
  const outer = a.scope();
  const x = tensor(a, [1, 1, 1, 1]);
  const inner = b.scope();
  const y = tensor(b, [1, 1, 1, 1]);
  mul(y, y);
  expect([a.stats.liveBuffers, b.stats.liveBuffers]).toEqual([1, 2]);
  expect([a.stats.dispatches, b.stats.dispatches]).toEqual([0, 1]);
  outer.end();
  expect([x.disposed, y.disposed]).toEqual([true, false]);
  expect(await y.data()).toEqual(Float32Array.of(1, 1, 1, 1));
  inner.end();
});

test("closing one leaves the other at work", async () => {
  const [first, second] = await openTwo();
  const { device } = second;
  first.close();
  open.shift();
  using _scope = device.scope();
  expect(await sum(ones(device, [100])).item()).toBe(100);
});

test("an op on tensors of two devices says so", async () => {
  const [{ device: a }, { device: b }] = await openTwo();
  using _a = a.scope();
  using _b = b.scope();
  expect(() => add(ones(a, [2]), ones(b, [2]))).toThrow(
    /^add: inputs are on different devices \(.*, .*\)\. Make all of them on one device\.$/,
  );
});
