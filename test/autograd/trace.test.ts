import { describe, expect, test } from "vitest";
import { grad, stopGradient } from "../../src/autograd/grad.js";
import { type OpGraph, trace } from "../../src/autograd/trace.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import { add, mul } from "../../src/ops/binary.js";
import { matmul } from "../../src/ops/matmul.js";
import { sum } from "../../src/ops/sum.js";
import { exp, silu } from "../../src/ops/unary.js";
import { zeros } from "../../src/tensor/create.js";
import { testDevice } from "../device.js";

const device = testDevice();
const host = new ReferenceDevice();
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
        %0  x                [2, 3]
        %1  w                [3, 4]
      ops
        %2  matmul(%0, %1)   [2, 4]
        %3  exp(%2)          [2, 4]
        %4  mul([2, 4], %3)  [2, 4]
        %5  matmul(%0, %4)   [3, 4]
        %6  matmul(%4, %1)   [2, 3]
      returns %6, %5"
    `);
  });

  test("a constant without axes is not shown", () => {
    const { text } = trace((x) => mul(add(x, make([], "one")), make([2], "two")), make([2], "x"));
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      inputs
        %0  x             [2]
      ops
        %1  add(%0)       [2]
        %2  mul(%1, [2])  [2]
      returns %2"
    `);
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
      `[GradientError: trace: no input tensor was given. Give at least one to begin from.]`,
    );
    expect(() =>
      trace((x) => stopGradient(exp(x)), make([2, 3], "x")),
    ).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: trace: the result exp [2, 3] does not come from an input by differentiable ops. Give the tensors that it is made of as inputs.]`,
    );
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
