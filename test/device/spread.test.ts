import fc from "fast-check";
import { expect, test } from "vitest";
import { GpuDevice } from "../../src/device/device.js";
import { itemGroups } from "../../src/device/groups.js";
import { add } from "../../src/ops/binary.js";
import { fuse } from "../../src/ops/fuse.js";
import { permute } from "../../src/ops/permute.js";
import { tensor } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";

const device = testDevice();
const twice = fuse("add twice", (p, q) => add(add(p, q), q));
const wide = lazily(false);
const narrow = lazily(true);

/** A device on the adapter of the tests, as if that were a processor, or a GPU. */
function lazily(software: boolean): () => GpuDevice {
  let made: GpuDevice | undefined;
  return () => {
    made ??= new GpuDevice(device().gpu, { software });
    return made;
  };
}

/** The first places that differ. */
const wrong = (got: ArrayLike<number>, want: ArrayLike<number>): number[] =>
  Array.from(want, (value, i) => (got[i] === value ? -1 : i))
    .filter((i) => i >= 0)
    .slice(0, 3);

test.each([true, false])(
  "every item has a thread, and no workgroup is idle: software %s",
  (software) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 24 }), (items) => {
        const groups = itemGroups(items, software);
        const share = 64 * Math.ceil(Math.ceil(items / 64) / groups);
        expect(groups * share).toBeGreaterThanOrEqual(items);
        expect(groups).toBeLessThanOrEqual(Math.ceil(items / 64));
      }),
    );
  },
);

// Around one item, one block of 64, one workgroup of a processor and the most that it has.
test.each([1, 255, 256, 257, 8192, 8197, 16_385, 100_003, 700_001])(
  "each of %i elements is computed once, however many workgroups share them",
  async (n) => {
    const a = Float32Array.from({ length: n }, (_, i) => i % 1009);
    const b = Float32Array.from({ length: n }, (_, i) => (7 * i) % 503);
    const want = a.map((value, i) => value + (b[i] ?? 0));
    for (const own of [narrow(), wide()]) {
      using _scope = own.scope();
      const [x, y] = [tensor(own, a, [n]), tensor(own, b, [n])];
      expect(wrong(await add(x, y).data(), want)).toEqual([]);
      expect(
        wrong(
          await twice(x, y).data(),
          b.map((value, i) => value + (want[i] ?? 0)),
        ),
      ).toEqual([]);
    }
  },
);

test("a copy with strides takes more items than all workgroups have threads", async () => {
  const [rows, cols] = [131, 257];
  const values = Float32Array.from({ length: rows * cols }, (_, i) => i);
  const want = Float32Array.from(
    { length: rows * cols },
    (_, i) => (i % rows) * cols + Math.floor(i / rows),
  );
  for (const own of [narrow(), wide()]) {
    using _scope = own.scope();
    expect(wrong(await permute(tensor(own, values, [rows, cols]), [1, 0]).data(), want)).toEqual(
      [],
    );
  }
});
