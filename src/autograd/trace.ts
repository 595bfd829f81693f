/**
 * The op graph of a function: what it computes from its inputs, by which ops, in which shapes.
 *
 *     const graph = trace((x, w) => relu(matmul(x, w)), x, w);
 *     graph.text      a listing:  %2  matmul(%0, %1)  [2, 4]
 *     graph.svg       a drawing
 *
 * The graph is the tape's. What does not come from an input on a path of differentiable ops is a
 * constant, known by its shape: weights that the function has by itself, tokens, what stopGradient
 * cut off. Give weights as inputs to see them by name.
 */
import { GradientError } from "../errors.js";
import { type Shape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { nodeOf, type TapeNode, track } from "./tape.js";
import { drawGraph, type GraphNode } from "./trace-svg.js";

export type { GraphNode } from "./trace-svg.js";

/** An op graph: nodes in an order in which each follows those it reads. */
export interface OpGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly { readonly from: number; readonly to: number }[];
  /** The nodes that the function returned. */
  readonly outputs: readonly number[];
  readonly text: string;
  readonly svg: string;
}

/**
 * Runs `f` on `inputs`, on their device, frees what that made, and returns the graph.
 * @param inputs at least one, of any shape; their labels name them in the graph.
 * @throws GradientError without an input, or when a result does not come from one.
 */
export function trace(
  f: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  ...inputs: readonly Tensor[]
): OpGraph {
  const device = inputs[0]?.device;
  if (!device) {
    throw new GradientError("trace: no input tensor was given. Give at least one to begin from.");
  }
  using _scope = device.scope();
  const leaves = inputs.map(track);
  const result = f(...leaves);
  const results = "shape" in result ? [result] : result;
  const labels = new Map(leaves.map((leaf, i) => [nodeOf(leaf), inputs[i]?.label ?? "input"]));
  const shapes = collect(labels, leaves, results);
  const ids = new Map([...shapes.keys()].map((node, id) => [node, id]));
  const idOf = (node: TapeNode | undefined): number | undefined =>
    node && ids.get(origin(node, labels));
  const nodes = [...shapes].map(([node, shape], id): GraphNode => {
    const label = labels.get(node);
    if (label !== undefined) return { id, kind: "input", label, shape, reads: [] };
    return { id, kind: "op", label: node.op, shape, reads: readsOf(node, idOf) };
  });
  const edges = nodes.flatMap(({ id, reads }) =>
    reads.flatMap((from) => (typeof from === "number" ? [{ from, to: id }] : [])),
  );
  const outputs = results.map((x) => idOf(nodeOf(x)) ?? notFromInputs(x));
  return { nodes, edges, outputs, text: listing(nodes, outputs), svg: drawGraph(nodes, outputs) };
}

/** The inputs' nodes on the tape, with their labels. */
type Labels = ReadonlyMap<TapeNode | undefined, string>;

/** A derivative inside the function tracks its inputs again: the same values, not another op. */
function origin(node: TapeNode, labels: Labels): TapeNode {
  let at = node;
  for (let up = at.parents[0]; at.op === "leaf" && up && !labels.has(at); up = at.parents[0])
    at = up;
  return at;
}

/** Every node on the way from the inputs to the results with its shape, those read first. */
function collect(
  labels: Labels,
  leaves: readonly Tensor[],
  results: readonly Tensor[],
): Map<TapeNode, Shape> {
  const done = new Map<TapeNode, Shape>();
  const visit = (from: TapeNode | undefined, shape: Shape) =>
    from ? [{ node: origin(from, labels), shape, next: 0 }] : [];
  for (const leaf of leaves) {
    const node = nodeOf(leaf);
    if (node) done.set(node, leaf.shape);
  }
  const stack = results.flatMap((x) => visit(nodeOf(x), x.shape));
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { node, shape, next } = top;
    if (done.has(node) || next === node.parents.length) {
      stack.pop();
      if (!done.has(node)) done.set(node, shape);
      continue;
    }
    top.next += 1;
    stack.push(...visit(node.parents[next], node.shapes[next] ?? []));
  }
  return done;
}

function readsOf(
  node: TapeNode,
  idOf: (node: TapeNode | undefined) => number | undefined,
): (number | Shape)[] {
  return node.parents.flatMap((parent, i): (number | Shape)[] => {
    const from = idOf(parent);
    if (from !== undefined) return [from];
    const constant = node.shapes[i] ?? [];
    return constant.length > 0 ? [constant] : [];
  });
}

function notFromInputs(x: Tensor): never {
  throw new GradientError(
    `trace: the result ${x.label} ${showShape(x.shape)} does not come from an input by ` +
      "differentiable ops. Give the tensors that it is made of as inputs.",
  );
}

function listing(nodes: readonly GraphNode[], outputs: readonly number[]): string {
  const calls = nodes.map(({ kind, label, reads }) =>
    kind === "input"
      ? label
      : `${label}(${reads.map((r) => (typeof r === "number" ? `%${r}` : showShape(r))).join(", ")})`,
  );
  const idWidth = String(nodes.length - 1).length + 1;
  const callWidth = Math.max(...calls.map((call) => call.length));
  const line = ({ id, shape }: GraphNode): string =>
    `  ${`%${id}`.padEnd(idWidth)}  ${(calls[id] ?? "").padEnd(callWidth)}  ${showShape(shape)}`;
  const of = (kind: GraphNode["kind"]): string[] =>
    nodes.filter((node) => node.kind === kind).map(line);
  const returned = outputs.map((id) => `%${id}`).join(", ");
  return ["inputs", ...of("input"), "ops", ...of("op"), `returns ${returned}`].join("\n");
}
