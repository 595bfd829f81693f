/**
 * Reverse mode: a walk from the result back to the leaves multiplies by the transposed Jacobians.
 * The walk knows no op by name, and is a loop: graphs are deep.
 */
import { known, type Shape, sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { accumulate, sumTo } from "./cotangent.js";
import { nodeOf, type TapeNode } from "./tape.js";

/** The part of a tape between a result and the leaves that a derivative was asked of. */
export interface Route {
  /** Nodes from which a leaf is reached, parents before children. */
  readonly order: readonly TapeNode[];
  readonly reaches: ReadonlySet<TapeNode>;
  readonly leaves: ReadonlySet<TapeNode>;
  /**
   * The result also depends on what others track (a derivative within a derivative): the backward
   * pass must then be differentiable itself.
   */
  readonly nested: boolean;
}

/**
 * @param ours leaves of the same call that no derivative is asked of: they are not "others".
 */
export function routeTo(
  leaves: ReadonlySet<TapeNode>,
  outs: readonly Tensor[],
  ours: ReadonlySet<TapeNode> = new Set(),
): Route {
  const order: TapeNode[] = [];
  const reaches = new Set<TapeNode>();
  let nested = false;
  for (const node of postorder(outs.map(nodeOf), leaves)) {
    const isLeaf = leaves.has(node);
    nested ||= isLeaf === node.parents.length > 0 && !ours.has(node);
    if (!isLeaf && !node.parents.some((p) => p !== undefined && reaches.has(p))) continue;
    reaches.add(node);
    order.push(node);
  }
  return { order, reaches, leaves, nested };
}

/** Nodes reachable from `roots`, parents first; does not look behind `leaves`. */
function postorder(
  roots: readonly (TapeNode | undefined)[],
  leaves: ReadonlySet<TapeNode>,
): TapeNode[] {
  const done: TapeNode[] = [];
  const seen = new Set<TapeNode>();
  const stack: { readonly node: TapeNode; next: number }[] = [];
  const visit = (node: TapeNode | undefined): void => {
    if (!node || seen.has(node)) return;
    seen.add(node);
    stack.push({ node, next: 0 });
  };
  for (const root of roots) {
    visit(root);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const parents = leaves.has(top.node) ? [] : top.node.parents;
      if (top.next === parents.length) {
        stack.pop();
        done.push(top.node);
      } else {
        visit(parents[top.next]);
        top.next += 1;
      }
    }
  }
  return done;
}

/** A result of the route and its cotangent. */
export type Seed = readonly [out: Tensor, dy: Tensor];

/**
 * Cotangents of the route's leaves for cotangents of its results. Leaves that no result depends on
 * are absent. A cotangent that is itself tracked makes the pass differentiable.
 */
export function backward(route: Route, seeds: readonly Seed[]): Map<TapeNode, Tensor> {
  const nested = route.nested || seeds.some(([, dy]) => nodeOf(dy) !== undefined);
  const found = new Map<TapeNode, Tensor>();
  const pending = new Map<TapeNode, Tensor>();
  for (const [out, dy] of seeds) {
    const root = nodeOf(out);
    if (!root || !route.reaches.has(root)) continue;
    const before = pending.get(root);
    pending.set(root, before ? accumulate(before, dy) : dy.alias({ tape: dy.tape }));
    if (!nested) before?.dispose();
  }
  for (const node of [...route.order].reverse()) {
    const dy = pending.get(node);
    if (!dy) continue;
    pending.delete(node);
    if (route.leaves.has(node)) found.set(node, dy);
    else pullBack({ ...route, nested }, node, dy, pending);
  }
  return found;
}

/** One node: adds the cotangents of its parents to `pending`, frees everything else. */
function pullBack(route: Route, node: TapeNode, dy: Tensor, pending: Map<TapeNode, Tensor>): void {
  const wanted = node.parents.map((p) => p !== undefined && route.reaches.has(p));
  // What a nested pass makes stays on the outer tape: the enclosing scope frees it.
  const scope = route.nested ? undefined : dy.device.scope();
  const parts = node.pullback(dy, wanted, route.nested);
  parts.forEach((part, i) => {
    const parent = node.parents[i];
    if (!part || !parent || !wanted[i]) return;
    const before = pending.get(parent);
    const fitted = unbroadcast(part, known(node.shapes, i));
    const sum = before ? accumulate(before, fitted) : fitted;
    // A vjp may hand on dy itself, or one tensor for two inputs: each parent gets its own view.
    const own = scope?.owns(sum) ? sum : sum.alias({ tape: sum.tape });
    pending.set(parent, scope ? scope.keep(own) : own);
    if (scope) before?.dispose();
  });
  scope?.end();
  if (scope) dy.dispose();
}

/** Broadcasting repeats; its transpose sums. Done here, once, for every op. */
function unbroadcast(cotangent: Tensor, shape: Shape): Tensor {
  return sameShape(cotangent.shape, shape) ? cotangent : sumTo(cotangent, shape);
}
