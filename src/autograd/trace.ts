/**
 * The op graph of a function: what it computes from its inputs, by which ops, in which shapes.
 *
 *     const graph = trace((x, w) => relu(matmul(x, w)), x, w);
 *     graph.text      a listing:  %2  matmul(%0, %1)  [2, 4]
 *     graph.svg       a drawing
 *
 * Every op that runs is in it, in the order in which they ran: those without a derivative
 * (comparisons, argmax, random draws), those behind stopGradient, those of a derivative that the
 * function takes, and those whose result nobody reads. What no op made is a constant, known by its
 * shape: weights that the function has by itself, tokens. Give weights as inputs to see them by
 * name. Ops may be made of others: variance is listed as its parts.
 */
import type { OpObserver } from "../device/types.js";
import { UsageError } from "../errors.js";
import { type Shape, showShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
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
    throw new UsageError("trace: no input tensor was given. Give at least one to begin from.");
  }
  using _scope = device.scope();
  // Views, so that a tensor given twice is two inputs.
  const own = inputs.map((x) => x.alias({ tape: x.tape }));
  const log = new OpLog(own, device.observer);
  device.observer = log;
  let result: Tensor | readonly Tensor[];
  try {
    result = f(...own);
  } finally {
    device.observer = log.outer;
  }
  const { nodes } = log;
  const edges = nodes.flatMap(({ id, reads }) =>
    reads.flatMap((from) => (typeof from === "number" ? [{ from, to: id }] : [])),
  );
  const results = result instanceof Tensor ? [result] : result;
  const outputs = results.map((x) => log.ids.get(x) ?? madeByNoOp(x));
  return { nodes, edges, outputs, text: listing(nodes, outputs), svg: drawGraph(nodes, outputs) };
}

/** Writes down the ops of one run. */
class OpLog implements OpObserver {
  readonly nodes: GraphNode[] = [];
  /** Tensors, views among them, by the node that made their values. */
  readonly ids = new Map<object, number>();
  /** Who looked on before: a trace around this one. */
  readonly outer: OpObserver | undefined;

  constructor(inputs: readonly Tensor[], outer: OpObserver | undefined) {
    this.outer = outer;
    for (const x of inputs) this.add("input", x.label, x, []);
  }

  ran(name: string, inputs: readonly object[], out: object): void {
    this.outer?.ran(name, inputs, out);
    if (!(out instanceof Tensor)) return;
    const reads = inputs.flatMap((x): (number | Shape)[] => {
      const from = this.ids.get(x);
      if (from !== undefined) return [from];
      return x instanceof Tensor && x.rank > 0 ? [x.shape] : [];
    });
    this.add("op", name, out, reads);
  }

  viewed(x: object, view: object): void {
    this.outer?.viewed(x, view);
    const id = this.ids.get(x);
    if (id !== undefined) this.ids.set(view, id);
  }

  private add(kind: GraphNode["kind"], label: string, x: Tensor, reads: GraphNode["reads"]): void {
    const id = this.nodes.length;
    this.ids.set(x, id);
    this.nodes.push({ id, kind, label, shape: x.shape, reads });
  }
}

function madeByNoOp(x: Tensor): never {
  throw new UsageError(
    `trace: the result ${x.label} ${showShape(x.shape)} is a constant: no op made it, and it is no ` +
      "input. Give it as an input to see it.",
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
