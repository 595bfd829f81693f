/** Laws of the memory plan: nothing that lives at the same time shares, and nothing is wasted. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Life, largestDemand, planMemory } from "../../src/device/memory-plan.js";

const lives: fc.Arbitrary<Life[]> = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 50 }), fc.nat(40), fc.nat(12))
    .map(([units, first, length]) => ({ bytes: 16 * units, first, last: first + length })),
  { maxLength: 60 },
);

const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

test("lives that overlap have memories of their own, which are large enough", () => {
  fc.assert(
    fc.property(lives, (list) => {
      const { places, sizes } = planMemory(list);
      expect(places).toHaveLength(list.length);
      for (const [i, a] of list.entries()) {
        expect(sizes[places[i]!]).toBeGreaterThanOrEqual(a.bytes);
        for (const [j, b] of list.entries()) {
          const apart = a.last < b.first || b.last < a.first;
          if (i < j && !apart) expect(places[i]).not.toBe(places[j]);
        }
      }
    }),
  );
});

test("between what lives at once and the sum", () => {
  fc.assert(
    fc.property(lives, (list) => {
      const planned = total(planMemory(list).sizes);
      expect(planned).toBeGreaterThanOrEqual(largestDemand(list));
      expect(planned).toBeLessThanOrEqual(total(list.map(({ bytes }) => bytes)));
    }),
  );
});

test("equal sizes: the plan is the least there is", () => {
  fc.assert(
    fc.property(lives, (list) => {
      const equal = list.map((life) => ({ ...life, bytes: 16 })).sort((a, b) => a.first - b.first);
      expect(total(planMemory(equal).sizes)).toBe(largestDemand(equal));
    }),
  );
});

test("a chain of equal buffers needs two, and a free memory is taken by its best fit", () => {
  const chain = Array.from({ length: 9 }, (_, i) => ({ bytes: 64, first: i, last: i + 1 }));
  expect(planMemory(chain).sizes).toEqual([64, 64]);
  const fit = [
    { bytes: 100, first: 0, last: 1 },
    { bytes: 50, first: 0, last: 1 },
    { bytes: 40, first: 2, last: 3 },
  ];
  expect(planMemory(fit)).toEqual({ places: [0, 1, 1], sizes: [100, 50] });
});
