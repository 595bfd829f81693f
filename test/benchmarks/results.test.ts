import { describe, expect, test } from "vitest";
import { parse } from "../../benchmarks/options.js";
import { pointsOf, roofOf, standings, timesTable } from "../../benchmarks/report.js";
import {
  bestPeer,
  brokenResult,
  ceilingResults,
  merge,
  ratioToBest,
  resultOf,
} from "../../benchmarks/results.js";
import { logAxis, rooflineSvg } from "../../benchmarks/roofline.js";
import { ROWS } from "../../benchmarks/rows/index.js";
import { digits, rowBlock } from "../../benchmarks/table.js";

const CEILINGS = { gflops: 50, gbs: 10, name: "test adapter", file: "test" };
const row = ROWS.find(({ name }) => name === "matmul 256")!;

const timed = (engine: string, medianMs: number, ok = true) =>
  resultOf(row, engine, CEILINGS, {
    ...{ medianMs, minMs: medianMs, spread: 0.1, samples: 3, firstMs: 5, relError: 1e-7, ok },
  });

const results = [
  timed("hitofude", 2),
  timed("@jax-js/jax", 3),
  timed("wrong peer", 1, false),
  timed("onnxruntime-node cpu", 0.1),
  brokenResult(row.name, "test adapter", "onnxruntime-web", "no answer for 60 s"),
];

describe("results", () => {
  test("rates follow from what the row does; the fraction is that of the nearer ceiling", () => {
    const { gflops, gbs, ceilingFraction } = results[0]!;
    expect(gflops).toBeCloseTo((2 * 256 ** 3) / 2e6, 9);
    expect(gbs).toBeCloseTo((3 * 4 * 256 ** 2) / 2e6, 9);
    expect(ceilingFraction).toBeCloseTo(gflops! / 50, 12);
  });

  test("the best peer is right, runs on the adapter and is not ours", () => {
    expect(bestPeer(results)?.engine).toBe("@jax-js/jax");
    expect(ratioToBest(results)).toBeCloseTo(1.5, 12);
    expect(ratioToBest(results.slice(0, 1))).toBeUndefined();
  });

  test("a row that is measured again replaces the old one, the others stay", () => {
    const merged = merge(results, [timed("hitofude", 7), timed("new peer", 1)]);
    expect(merged).toHaveLength(results.length + 1);
    expect(merged[0]?.medianMs).toBe(7);
    expect(merged[1]).toBe(results[1]);
  });
});

describe("table", () => {
  test("a block says what is wrong, what broke and how the project stands", () => {
    expect(rowBlock(row.name, results)).toMatchInlineSnapshot(`
      "matmul 256: 1.50× as fast as the best peer, @jax-js/jax
        hitofude                              5.00       2.00    10 %      2.00      16.8    0.393     34 %     1e-7
        @jax-js/jax                           5.00       3.00    10 %      3.00      11.2    0.262     22 %     1e-7
        wrong peer                            5.00       1.00    10 %      1.00      33.6    0.786     67 %     1e-7  WRONG
        onnxruntime-node cpu                  5.00      0.100    10 %     0.100       336     7.86        –     1e-7
        onnxruntime-web                   broke: no answer for 60 s"
    `);
  });

  test("three digits that count", () => {
    expect([0.012345, 1.2345, 123.45, 12345, null].map(digits)).toEqual([
      "0.0123",
      "1.23",
      "123",
      "12,345",
      "–",
    ]);
  });

  test("the report names what is lost before what is won", () => {
    const slow = [timed("hitofude", 6), timed("@jax-js/jax", 3)];
    expect(standings(slow)).toMatchInlineSnapshot(`
      "Behind the best peer:

      - matmul 256: 0.50× (@jax-js/jax)

      Ahead of it:

      - none"
    `);
    expect(timesTable(results)).toMatchInlineSnapshot(`
      "| row, ms | hitofude | @jax-js/jax | wrong peer | onnxruntime-node cpu | onnxruntime-web | ratio | of the ceiling | first call |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | matmul 256 | 2.00 | 3.00 | 1.00 (wrong) | 0.100 | broke | 1.50× | 34 % | 5.00 |"
    `);
  });
});

describe("roofline", () => {
  const svg = rooflineSvg("a < b", roofOf(ceilingResults(CEILINGS))!, pointsOf(results));

  test("one dot for each right result on the adapter, and one in the legend for each engine", () => {
    expect(pointsOf(results).map(({ series }) => series)).toEqual(["hitofude", "@jax-js/jax"]);
    expect(svg.match(/<circle/g)).toHaveLength(2 + 2);
    expect(svg).toContain("a &lt; b");
    expect(svg).toContain("50 GFLOP/s, 10.0 GB/s");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("an axis covers whole powers of ten, also around a single value", () => {
    const axis = logAxis([10], 0, 100);
    expect([axis.from, axis.to, axis.at(10), axis.at(100)]).toEqual([1, 2, 0, 100]);
  });
});

describe("options", () => {
  test("words choose rows by name or family; --quick keeps the short ones", () => {
    const names = parse(["--rows", "softmax,matmul 256"]).rows.map(({ name }) => name);
    expect(names).toContain("matmul 256");
    expect(names).toContain("softmax 1024×4096");
    const quick = parse(["--quick"]).rows;
    expect(quick.every((each) => each.quick)).toBe(true);
    const ladder = parse(["ladder"]).engines;
    expect(ladder[0]).toBe("hitofude naive");
    expect(ladder).toContain("hitofude workgroup 128x128");
    expect(ladder.at(-1)).toBe("hitofude");
    expect(parse(["--peers", "none"]).engines).toEqual(["hitofude", "hitofude naive"]);
  });

  test.each([["--rows", "nonsense"], ["--adapter", "nonsense"], ["--peers", "nonsense"], ["sing"]])(
    "%s %s is refused",
    (...args) => {
      expect(() => parse(args.filter(Boolean))).toThrowError(/There is no/);
    },
  );

  test("every row has a name of its own", () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
  });
});
