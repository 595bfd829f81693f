/**
 * Draws an op graph in layers (Sugiyama, Tagawa & Toda 1981): every node below all that it reads,
 * long edges led through the layers between, crossings lessened by taking the mean of the
 * neighbours' places again and again.
 */
import { known, type Shape, showShape } from "../tensor/shape.js";

/** An op of the graph, or an input. */
export interface GraphNode {
  /** Its place in `nodes`, in which every node follows those it reads. */
  readonly id: number;
  readonly kind: "input" | "op";
  /** The op's name, or the input's label. */
  readonly label: string;
  readonly shape: Shape;
  /** What it reads, in order: nodes by id, constants by shape (those without axes are left out). */
  readonly reads: readonly (number | Shape)[];
}

/** A box of the drawing, or the place where a long edge passes a layer. */
interface Item {
  readonly layer: number;
  readonly width: number;
  readonly node: GraphNode | undefined;
  readonly above: Item[];
  readonly below: Item[];
  x: number;
}

const CHARACTER = 7;
const BOX_HEIGHT = 36;
const LAYER_HEIGHT = 68;
const GAP = 18;
const MARGIN = 16;
const SWEEPS = 24;

export function drawGraph(nodes: readonly GraphNode[], outputs: readonly number[]): string {
  const layers = inLayers(nodes);
  for (const layer of layers) place(layer, (item) => item.x);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : layers.toReversed()) {
      place(layer, (item) => mean(down ? item.above : item.below) ?? item.x);
    }
  }
  const items = layers.flat();
  const left = Math.min(...items.map((item) => item.x - item.width / 2)) - MARGIN;
  for (const item of items) item.x -= left;
  const width = Math.max(...items.map((item) => item.x + item.width / 2)) + MARGIN;
  const height = layers.length * LAYER_HEIGHT - (LAYER_HEIGHT - BOX_HEIGHT) + 2 * MARGIN;
  const size = `width="${Math.ceil(width)}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="monospace" font-size="11">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    '<g fill="none" stroke="#8a94a6" stroke-width="1.2">',
    ...items.flatMap((item) => item.below.map((to) => edge(item, to))),
    "</g>",
    ...items.flatMap((item) => (item.node ? [box(item, item.node, outputs)] : [])),
    "</svg>\n",
  ].join("\n");
}

/** One layer below the lowest node that it reads; an input just above the first that reads it. */
function ranks(nodes: readonly GraphNode[]): number[] {
  const rank: number[] = [];
  for (const { reads } of nodes) {
    const above = reads.map((from) => (typeof from === "number" ? known(rank, from) : 0));
    rank.push(above.length > 0 ? 1 + Math.max(...above) : 0);
  }
  const firstUse = nodes.map(() => Number.POSITIVE_INFINITY);
  for (const { id, reads } of nodes) {
    for (const from of reads) {
      if (typeof from !== "number") continue;
      firstUse[from] = Math.min(known(firstUse, from), known(rank, id));
    }
  }
  return nodes.map(({ id, kind }) => {
    const first = known(firstUse, id);
    return kind === "input" && Number.isFinite(first) ? first - 1 : known(rank, id);
  });
}

function inLayers(nodes: readonly GraphNode[]): Item[][] {
  const rank = ranks(nodes);
  const layers: Item[][] = Array.from({ length: 1 + Math.max(...rank) }, () => []);
  const add = (layer: number, width: number, node?: GraphNode): Item => {
    const item: Item = { layer, width, node, above: [], below: [], x: layers[layer]?.length ?? 0 };
    layers[layer]?.push(item);
    return item;
  };
  const boxes = nodes.map((node) => add(known(rank, node.id), boxWidth(node), node));
  // One line for all that a node is read by: it runs down to the last, and others branch off.
  const lines = boxes.map((item) => [item]);
  for (const node of nodes) {
    const end = boxes[node.id];
    for (const from of new Set(node.reads)) {
      const line = typeof from === "number" ? lines[from] : undefined;
      const begin = line?.[0];
      if (!line || !begin || !end) continue;
      for (let layer = begin.layer + line.length; layer < end.layer; layer++) {
        const passing = add(layer, 1);
        link(line.at(-1) ?? begin, passing);
        line.push(passing);
      }
      link(line[end.layer - begin.layer - 1] ?? begin, end);
    }
  }
  return layers;
}

function link(from: Item, to: Item): void {
  from.below.push(to);
  to.above.push(from);
}

/** Sorts a layer by the places it wishes for, and gives those, moved apart where boxes meet. */
function place(layer: Item[], wish: (item: Item) => number): void {
  const wishes = new Map(layer.map((item) => [item, wish(item)]));
  const wished = (item: Item): number => wishes.get(item) ?? 0;
  layer.sort((a, b) => wished(a) - wished(b));
  // The mean of "as far left as may be" and "as far right as may be" keeps the layer centred.
  const leftmost = spread(layer, wished, 1);
  const rightmost = spread(layer.toReversed(), wished, -1).reverse();
  layer.forEach((item, i) => {
    item.x = (known(leftmost, i) + known(rightmost, i)) / 2;
  });
}

function spread(layer: readonly Item[], wish: (item: Item) => number, sign: 1 | -1): number[] {
  let edge = Number.NEGATIVE_INFINITY;
  return layer.map((item) => {
    const x = Math.max(sign * wish(item), edge + item.width / 2);
    edge = x + item.width / 2 + GAP;
    return sign * x;
  });
}

function mean(items: readonly Item[]): number | undefined {
  if (items.length === 0) return undefined;
  return items.reduce((sum, item) => sum + item.x, 0) / items.length;
}

function boxWidth(node: GraphNode): number {
  return CHARACTER * Math.max(node.label.length, shapes(node).length) + 16;
}

/** The node's shape, after those of the constants that it reads. */
function shapes({ shape, reads }: GraphNode): string {
  const constants = reads.filter((read) => typeof read !== "number").map(showShape);
  return constants.length > 0 ? `${constants.join(", ")} → ${showShape(shape)}` : showShape(shape);
}

function top(item: Item): number {
  return MARGIN + item.layer * LAYER_HEIGHT;
}

/** Bends between the layers alone, so that no edge runs behind a box. */
function edge(from: Item, to: Item): string {
  const [x_0, x_1] = [from.x.toFixed(1), to.x.toFixed(1)];
  const y_0 = top(from) + BOX_HEIGHT;
  const y_1 = top(to);
  const middle = (y_0 + y_1) / 2;
  const begin = from.node ? `M${x_0} ${y_0}` : `M${x_0} ${top(from)}V${y_0}`;
  return `<path d="${begin}C${x_0} ${middle} ${x_1} ${middle} ${x_1} ${y_1}"/>`;
}

function box(item: Item, node: GraphNode, outputs: readonly number[]): string {
  const fill = node.kind === "input" ? "#fdf3d8" : "#e8eef9";
  const stroke = outputs.includes(node.id)
    ? 'stroke="#c0392b" stroke-width="2"'
    : 'stroke="#8a94a6"';
  const [x, y] = [item.x.toFixed(1), top(item)];
  const left = (item.x - item.width / 2).toFixed(1);
  const text = (line: string, dy: number, style: string): string =>
    `<text x="${x}" y="${y + dy}" text-anchor="middle" ${style}>${escaped(line)}</text>`;
  return (
    `<rect x="${left}" y="${y}" width="${item.width}" height="${BOX_HEIGHT}" rx="5" ` +
    `fill="${fill}" ${stroke}/>` +
    text(node.label, 15, 'font-weight="bold" fill="#1f2937"') +
    text(shapes(node), 29, 'fill="#5b6472"')
  );
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
