import { describe, expect, test } from "vitest";
import { checkpoint } from "../../src/autograd/checkpoint.js";
import { grad, stopGradient } from "../../src/autograd/grad.js";
import { type OpGraph, trace } from "../../src/autograd/trace.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { argmax } from "../../src/ops/arg-max.js";
import { add, mul } from "../../src/ops/binary.js";
import { cast } from "../../src/ops/cast.js";
import { greater } from "../../src/ops/comparison.js";
import { concat } from "../../src/ops/concat.js";
import { matmul } from "../../src/ops/matmul.js";
import { randomNormal } from "../../src/ops/random.js";
import { reshape } from "../../src/ops/reshape.js";
import { argsort } from "../../src/ops/sort.js";
import { sum } from "../../src/ops/sum.js";
import { exp, silu } from "../../src/ops/unary.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";

const device = testDevice();
const host = new ReferenceDevice();
const key = (on: Device) => tensor(on, Uint32Array.of(1, 2), [2], { label: "key" });
const make = (shape: number[], label: string) => zeros(host, shape, { label });

/** Numbers of the boxes in the drawing: left, top and width, in the nodes' order. */
function boxesOf({ svg }: OpGraph): readonly (readonly [number, number, number])[] {
  const boxes = svg.matchAll(/<rect x="([\d.]+)" y="(\d+)" width="(\d+)"/g);
  return [...boxes].map(([, x, y, width]) => [Number(x), Number(y), Number(width)]);
}

describe("the op graph", () => {
  test("is listed: inputs, ops in the order in which they can run, the result", () => {
    const bias = make([4], "bias");
    const graph = trace(
      (x, w) => add(silu(add(matmul(x, w), bias)), mul(matmul(x, w), 2)),
      make([2, 3], "x"),
      make([3, 4], "w"),
    );
    expect(`\n${graph.text}`).toMatchInlineSnapshot(`
      "
      inputs
        %0  x               [2, 3]
        %1  w               [3, 4]
      ops
        %2  matmul(%0, %1)  [2, 4]
        %3  add(%2, [4])    [2, 4]
        %4  silu(%3)        [2, 4]
        %5  matmul(%0, %1)  [2, 4]
        %6  mul(%5)         [2, 4]
        %7  add(%4, %6)     [2, 4]
      returns %7"
    `);
    expect(graph.outputs).toEqual([graph.nodes.length - 1]);
    expect(graph.edges.slice(0, 2)).toEqual([
      { from: 0, to: 2 },
      { from: 1, to: 2 },
    ]);
    for (const { from, to } of graph.edges) expect(from).toBeLessThan(to);
  });

  test("of a gradient shows the backward pass too", () => {
    const gradient = grad((x, w) => sum(exp(matmul(x, w))));
    const graph = trace((x, w) => gradient(x, w), make([2, 3], "x"), make([3, 4], "w"));
    expect(`\n${graph.text}`).toMatchInlineSnapshot(`
      "
      inputs
        %0   x                [2, 3]
        %1   w                [3, 4]
      ops
        %2   matmul(%0, %1)   [2, 4]
        %3   exp(%2)          [2, 4]
        %4   sumTo(%3)        [1, 1]
        %5   reshape(%4)      []
        %6   reshape()        [1, 1]
        %7   broadcastTo(%6)  [2, 4]
        %8   mul(%7, %3)      [2, 4]
        %9   matmul(%8, %1)   [2, 3]
        %10  matmul(%0, %8)   [3, 4]
      returns %9, %10"
    `);
  });

  test("shows what has no derivative: comparisons, indices, random draws, stopped gradients", () => {
    const f = (x: Tensor, key: Tensor) => {
      const noise = randomNormal(x.device, key, [2, 3]);
      const large = cast(greater(stopGradient(x), 0), "f32");
      const rows = reshape(concat([add(x, noise), mul(x, large)], 1), [4, 3]);
      return [argmax(rows), argsort(rows)];
    };
    const graph = trace(f, make([2, 3], "x"), key(host));
    expect(`\n${graph.text}`).toMatchInlineSnapshot(`
      "
      inputs
        %0   x                 [2, 3]
        %1   key               [2]
      ops
        %2   randomNormal(%1)  [2, 3]
        %3   greater(%0)       [2, 3]
        %4   cast(%3)          [2, 3]
        %5   add(%0, %2)       [2, 3]
        %6   mul(%0, %4)       [2, 3]
        %7   concat(%5, %6)    [2, 6]
        %8   reshape(%7)       [4, 3]
        %9   argmax(%8)        [1, 1]
        %10  reshape(%9)       []
        %11  argsort(%8)       [4, 3]
      returns %10, %11"
    `);
    using _scope = device().scope();
    const x = zeros(device(), [2, 3], { label: "x" });
    expect(trace(f, x, key(device())).text).toBe(graph.text);
  });

  test("shows what nobody reads, and what a checkpoint runs", () => {
    const graph = trace(
      (x) => {
        exp(x);
        return checkpoint((y) => mul(y, y), [silu(x)]);
      },
      make([2], "x"),
    );
    expect(`\n${graph.text}`).toMatchInlineSnapshot(`
      "
      inputs
        %0  x            [2]
      ops
        %1  exp(%0)      [2]
        %2  silu(%0)     [2]
        %3  mul(%2, %2)  [2]
      returns %3"
    `);
    expect(graph.svg).toContain(">exp<");
  });

  test("of a function that traces is its own", () => {
    let inner = "";
    const outer = trace(
      (x) => {
        const y = exp(x);
        inner = trace((z) => mul(z, z), y).text;
        return y;
      },
      make([2], "x"),
    );
    expect(inner).toContain("mul(%0, %0)");
    expect(outer.nodes.map(({ label }) => label)).toEqual(["x", "exp", "mul"]);
    expect(outer.nodes[2]?.reads).toEqual([1, 1]);
  });

  test("inside another derivative begins at its own inputs", () => {
    const x = make([2], "x");
    let text = "";
    grad((y) => {
      text = trace((z) => mul(z, z), y).text;
      return sum(y);
    })(x);
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      inputs
        %0  x            [2]
      ops
        %1  mul(%0, %0)  [2]
      returns %1"
    `);
  });

  test("an input that nothing reads, and one returned as it is", () => {
    const graph = trace((x) => x, make([2], "x"), make([3], "unused"));
    expect(`\n${graph.text}`).toMatchInlineSnapshot(`
      "
      inputs
        %0  x       [2]
        %1  unused  [3]
      ops
      returns %0"
    `);
    expect(boxesOf(graph).length).toBe(2);
  });

  test("is the same on a GPU device, where nothing stays alive", () => {
    using scope = device().scope();
    const [x, w] = [zeros(device(), [2, 3]), zeros(device(), [3, 4])];
    const live = device().stats.liveBuffers;
    const f = (a: typeof x, b: typeof x) => sum(exp(matmul(a, b)));
    const { text } = trace(f, x, w);
    expect(device().stats.liveBuffers).toBe(live);
    expect(text).toBe(trace(f, make([2, 3], "tensor"), make([3, 4], "tensor")).text);
    scope.end();
  });

  test("errors", () => {
    expect(() => trace(() => make([1], "y"))).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: trace: no input tensor was given. Give at least one to begin from.]`,
    );
    expect(() => trace(() => make([2, 3], "y"), make([1], "x"))).toThrowErrorMatchingInlineSnapshot(
      `[UsageError: trace: the result y [2, 3] is a constant: no op made it, and it is no input. Give it as an input to see it.]`,
    );
    expect(() => trace((x) => matmul(x, x), make([2, 3], "x"))).toThrow(/inner/);
    expect(host.observer).toBeUndefined();
  });
});

describe("the drawing", () => {
  const chain = (n: number) =>
    trace(
      (x) => {
        let y = exp(x);
        for (let i = 1; i < n; i++) y = i % 3 === 0 ? add(y, x) : exp(y);
        return y;
      },
      make([2], "x"),
    );

  test("is well-formed, and escapes labels", () => {
    const { svg } = trace((x) => exp(x), make([2], '<b> & "c"'));
    expect(svg).toMatchInlineSnapshot(`
      "<svg xmlns="http://www.w3.org/2000/svg" width="111" height="136" font-family="monospace" font-size="11">
      <rect width="100%" height="100%" fill="#fff"/>
      <g fill="none" stroke="#8a94a6" stroke-width="1.2">
      <path d="M55.5 52C55.5 68 55.5 68 55.5 84"/>
      </g>
      <rect x="16.0" y="16" width="79" height="36" rx="5" fill="#fdf3d8" stroke="#8a94a6"/><text x="55.5" y="31" text-anchor="middle" font-weight="bold" fill="#1f2937">&lt;b&gt; &amp; "c"</text><text x="55.5" y="45" text-anchor="middle" fill="#5b6472">[2]</text>
      <rect x="37.0" y="84" width="37" height="36" rx="5" fill="#e8eef9" stroke="#c0392b" stroke-width="2"/><text x="55.5" y="99" text-anchor="middle" font-weight="bold" fill="#1f2937">exp</text><text x="55.5" y="113" text-anchor="middle" fill="#5b6472">[2]</text>
      </svg>
      "
    `);
  });

  test("every node stands below what it reads, boxes of a layer do not meet", () => {
    const { nodes, edges, svg } = chain(30);
    const tops = [...svg.matchAll(/<rect x="[\d.]+" y="(\d+)"/g)].map(([, y]) => Number(y));
    expect(tops.length).toBe(nodes.length);
    const boxes = boxesOf({ svg } as OpGraph);
    for (const [x, y, width] of boxes) {
      for (const [x_1, y_1, width_1] of boxes) {
        if (y !== y_1 || (x === x_1 && width === width_1)) continue;
        expect(x + width <= x_1 || x_1 + width_1 <= x).toBe(true);
      }
    }
    expect(edges.length).toBe(29 + 1 + 9);
  });

  test("of three thousand ops is made in a moment", () => {
    const { nodes, svg } = chain(3000);
    expect(nodes.length).toBe(3001);
    expect(svg.endsWith("</svg>\n")).toBe(true);
  });
});
