/**
 * Mutants of a rule written in TypeScript: of the cotangents that it gives, and of every sum,
 * difference, product and number on the way. Types say which operands are tensors.
 */
import ts from "typescript";
import { type Kind, type Mutant, mutantOf } from "./mutant.js";
import type { Rule } from "./rules.js";

/** What mutated files import: cotangents made wrong. Written into the copy of the sources. */
export const HELPERS = `import { mul } from "./ops/binary.js";
import type { Tensor } from "./tensor/tensor.js";

export const negated = (x: Tensor): Tensor => mul(x, -1);
export const doubled = (x: Tensor): Tensor => mul(x, 2);
export const zeroed = (x: Tensor): Tensor => mul(x, 0);
`;
export const HELPERS_FILE = "src/mutated.ts";
/** The line that a file such as src/ops/shared/product.ts needs. */
export function helpersImport(file: string): string {
  const up = "../".repeat(file.split("/").length - 2);
  return `import { doubled, negated, zeroed } from "${up}mutated.js";\n`;
}

const WRAPS: Readonly<Record<string, Kind>> = {
  negated: "sign",
  doubled: "factor",
  zeroed: "missing",
};
const COMMUTATIVE = new Set(["add", "mul", "accumulate", "minimum", "maximum"]);
/** Calls and declarations whose numbers count places: wrong ones are not wrong derivatives. */
const INDEXING = /^(flat|at|slice|subarray|dim|floor|min|max|clamp|sizeOf|\w*Shape|Error)$/;
const PLACES = /^(at|half|base|start|end|size|shape|i|k|n|r|index|pixels|odd|behind|lead)$/;
/** Numbers and switches of attributes that change a derivative's value. */
const ATTRIBUTE = /^(scale|value|transposeA|transposeB|reverse)$/;

type Add = (kind: Kind, node: ts.Node, text: string, show?: ts.Node) => void;

export function mutantsOf(rule: Rule, checker: ts.TypeChecker): Mutant[] {
  const { source } = rule;
  const place = { file: rule.file, op: rule.op, text: source.text };
  const found: Mutant[] = [];
  const range = (node: ts.Node) => ({ start: node.getStart(), end: node.end });
  const add: Add = (kind, node, text, show = node) => {
    found.push(mutantOf(place, kind, { ...range(node), text }, range(show)));
  };
  for (const node of cotangentsOf(rule, checker)) {
    // Zero times zero is zero: such derivatives are mutated by their factor alone.
    // Zero times anything is zero.
    if (/^mul\(\w+, 0\)$|^zeros\(/.test(node.getText())) continue;
    for (const [wrap, kind] of Object.entries(WRAPS)) {
      add(kind, node, `${wrap}(${node.getText()})`);
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isThrowStatement(node)) return;
    if (ts.isCallExpression(node)) mutateCall(node, checker, add);
    else if (ts.isBinaryExpression(node)) mutateArithmetic(node, checker, add);
    else if (ts.isPropertyAssignment(node)) mutateAttribute(node, add);
    node.forEachChild(visit);
  };
  visit(rule.node);
  return found;
}

/** The expressions that a rule hands back. */
function cotangentsOf({ node, gives }: Rule, checker: ts.TypeChecker): ts.Expression[] {
  if (gives === "result") return resultsOf(node).filter((x) => isTensor(x, checker));
  if (gives === "arithmetic") return [];
  const found: ts.Expression[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isTypeNode(child) || ts.isThrowStatement(child)) return;
    if (gives === "tensors" && ts.isCallExpression(child) && isTensor(child, checker)) {
      // scope.keep(x); as a statement: nobody reads what it gives.
      if (!ts.isExpressionStatement(child.parent)) found.push(child);
      return;
    }
    if (gives === "thunks" && ts.isArrowFunction(child) && child.parameters.length === 0) {
      found.push(...resultsOf(child).filter((x) => isTensor(x, checker)));
    }
    if (ts.isCallExpression(child) && child.expression.getText() === "composedVjp") {
      const [, dy] = child.arguments;
      if (dy) found.push(dy);
    }
    child.forEachChild(visit);
  };
  visit(node);
  return found;
}

/** What a function returns, the branches of a condition apart. */
function resultsOf(node: ts.Node): ts.Expression[] {
  const branches = (value: ts.Expression): ts.Expression[] =>
    ts.isConditionalExpression(value)
      ? [...branches(value.whenTrue), ...branches(value.whenFalse)]
      : [value];
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return branches(node.body);
  const found: ts.Expression[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isFunctionLike(child) && child !== node) return;
    if (ts.isReturnStatement(child) && child.expression) found.push(...branches(child.expression));
    child.forEachChild(visit);
  };
  visit(node);
  return found;
}

function isTensor(node: ts.Node, checker: ts.TypeChecker): boolean {
  return checker.getTypeAtLocation(node).symbol?.name === "Tensor";
}

/** Ops as functions: add(a, b), mul(a, b), and whatever takes two tensors. */
function mutateCall(call: ts.CallExpression, checker: ts.TypeChecker, add: Add): void {
  const name = call.expression.getText();
  const [a, b, c] = call.arguments;
  if (!a) return;
  const [aText, bText] = [a.getText(), b?.getText() ?? ""];
  const alone = (kind: Kind, list: readonly (ts.Expression | undefined)[]): void => {
    for (const x of list) if (x && isTensor(x, checker)) add(kind, call, x.getText());
  };
  if (name === "neg") add("sign", call, aText);
  if (name === "add" && b) {
    add("sign", call, `negated(${addNegated(a, b, checker)})`);
    alone("missing", [a, b]);
  }
  if (name === "accumulate" && b) alone("missing", [a, b]);
  if (name === "sub" && b) {
    if (isTensor(b, checker)) add("sign", call, `sub(${aText}, negated(${bText}))`);
    alone("missing", [a]);
    add("operand", call, `sub(${bText}, ${aText})`);
  }
  if (name === "mul" && b && bText !== "0") alone("factor", [a, b]);
  if (name === "div" && b) {
    alone("factor", [a]);
    add("operand", call, `div(${bText}, ${aText})`);
  }
  if (name === "isGreater") add("operand", call, `isGreater(${bText}, ${aText})`);
  if (name === "where" && c) add("operand", call, `where(${aText}, ${c.getText()}, ${bText})`);
  if (["add", "sub", "mul", "div"].includes(name)) {
    for (const x of call.arguments) mutateNumber(x, call, add);
  }
  const both = b && isTensor(a, checker) && isTensor(b, checker) && aText !== bText;
  if (!both || COMMUTATIVE.has(name) || ["sub", "div", "where"].includes(name)) return;
  const rest = call.arguments.slice(2).map((x) => x.getText());
  add("operand", call, `${name}(${[bText, aText, ...rest].join(", ")})`);
}

/** −(b − a) or −(a − …): a minus b, in words that the file has imported. */
function addNegated(a: ts.Expression, b: ts.Expression, checker: ts.TypeChecker): string {
  const [x, y] = isTensor(a, checker) ? [a, b] : [b, a];
  return `add(negated(${x.getText()}), ${y.getText()})`;
}

function mutateNumber(x: ts.Expression, call: ts.Node, add: Add): void {
  if (!ts.isNumericLiteral(x) && !ts.isPrefixUnaryExpression(x)) return;
  if (x.getText() === "0") add("factor", x, "1", call);
  else add("factor", x, `2 * ${x.getText()}`, call);
  if (ts.isPrefixUnaryExpression(x)) add("sign", x, x.operand.getText(), call);
}

/** Numbers: a + b, a − b, a · b, a / b, where they do not count places. */
function mutateArithmetic(node: ts.BinaryExpression, checker: ts.TypeChecker, add: Add): void {
  const sign = node.operatorToken.getText();
  const { left, right } = node;
  if (!["+", "-", "*", "/"].includes(sign) || countsPlaces(node)) return;
  if (!(checker.getTypeAtLocation(node).flags & ts.TypeFlags.NumberLike)) return;
  if (sign === "+" || sign === "-") {
    add("sign", node, `${left.getText()} ${sign === "+" ? "-" : "+"} (${right.getText()})`);
    add("missing", node, left.getText());
    if (sign === "+") add("missing", node, right.getText());
  } else {
    add("factor", node, left.getText());
    if (sign === "*") add("factor", node, right.getText());
  }
}

function countsPlaces(node: ts.Node): boolean {
  for (let child = node; child.parent; child = child.parent) {
    const { parent } = child;
    if (ts.isElementAccessExpression(parent) && parent.argumentExpression === child) return true;
    if (ts.isForStatement(parent) && parent.statement !== child) return true;
    if (ts.isConditionalExpression(parent) && parent.condition === child) return true;
    if (ts.isPropertyAssignment(parent) && !ATTRIBUTE.test(parent.name.getText())) {
      return parent.initializer === child && !ts.isFunctionLike(child);
    }
    if (ts.isCallExpression(parent) && parent.expression !== child) {
      if (INDEXING.test(parent.expression.getText().split(".").at(-1) ?? "")) return true;
    }
    if (ts.isVariableDeclaration(parent) && PLACES.test(parent.name.getText())) return true;
    if (ts.isArrayLiteralExpression(parent) && !ts.isFunctionLike(child)) return true;
    if (ts.isFunctionLike(child)) return false;
  }
  return false;
}

/** { scale: 1 }, { reverse: !reverse }, { transposeB: true } */
function mutateAttribute(node: ts.PropertyAssignment, add: Add): void {
  const { initializer: value } = node;
  if (!ATTRIBUTE.test(node.name.getText())) return;
  const text = value.getText();
  const call = ts.isObjectLiteralExpression(node.parent) ? node.parent.parent : node;
  if (ts.isNumericLiteral(value)) add("factor", value, text === "0" ? "1" : `2 * ${text}`, call);
  else if (text.startsWith("!")) add("operand", value, text.slice(1), call);
  else if (text === "true") add("operand", value, "false", call);
}
