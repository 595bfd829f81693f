/**
 * The mutation run in miniature (whole: `npm run mutate`, results in docs/mutation.md): every
 * derivative has places to spoil, and a spoilt vjp made of ops is noticed by gradcheck.
 */
import { readdirSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { mutate } from "../../scripts/mutate-vjps/mutant.js";
import { findRules, openProject, type Rule } from "../../scripts/mutate-vjps/rules.js";
import { mutantsOf } from "../../scripts/mutate-vjps/ts-mutants.js";
import { gradientShaders, shaderMutants } from "../../scripts/mutate-vjps/wgsl-mutants.js";
import { customVjp } from "../../src/autograd/custom-vjp.js";
import { gradcheck } from "../../src/autograd/gradcheck.js";
import { mul, sub } from "../../src/ops/binary.js";
import { logSoftmax } from "../../src/ops/log-softmax.js";
import { type MatmulOptions, matmul } from "../../src/ops/matmul.js";
import { softmaxGrad } from "../../src/ops/shared/softmax-grad.js";
import { sum } from "../../src/ops/sum.js";
import { exp } from "../../src/ops/unary.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { values } from "../random.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const program = openProject(ROOT);
const checker = program.getTypeChecker();
const rules = findRules(ROOT, program);

test("every differentiable op of docs/ops.md has a place to mutate", () => {
  const page = readFileSync(`${ROOT}/docs/ops.md`, "utf8");
  const ops = page.split("\n").flatMap((line) => {
    const op = /^\| \[(\w+)\]/.exec(line)?.[1];
    // The columns: …, derivative, second, laws.
    return op && line.split(" | ").at(-3) === "yes" ? [op] : [];
  });
  expect(ops.length).toBeGreaterThan(80);
  const spoilt = new Set(rules.filter((rule) => mutantsOf(rule, checker).length > 0));
  const missed = ops.filter((op) => !rulesBehind(op).some((rule) => spoilt.has(rule)));
  expect(missed).toEqual([]);
});

test("every file that says a derivative has a place to mutate, and every kernel of one", () => {
  const files = ["ops", "autograd"].flatMap((folder) =>
    readdirSync(`${ROOT}/src/${folder}`, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `src/${folder}/${file.split(sep).join("/")}`),
  );
  const saying = files.filter((file) =>
    /\bvjp: \(|\bnew TapeNode\(/.test(readFileSync(`${ROOT}/${file}`, "utf8")),
  );
  const without = saying.filter(
    (file) => !rules.some((r) => r.file === file && mutantsOf(r, checker).length > 0),
  );
  // The leaf of the tape hands on what it is given.
  expect(without).toEqual(["src/autograd/tape.ts"]);
  const kernels = gradientShaders(ROOT).filter((file) => {
    const text = readFileSync(`${ROOT}/${file}`, "utf8");
    return /^fn |^@compute/m.test(text) && shaderMutants(ROOT, file).length === 0;
  });
  // They read pixels, write planes or say where tiles lie, and compute no value.
  expect(kernels.map((file) => file.replace("src/shaders/", ""))).toEqual([
    "winograd4.input.wgsl",
    "winograd4.output_grad.vec4.wgsl",
    "winograd4.output_grad.wgsl",
    "lib/winograd4.planes.wgsl",
    "lib/winograd_place.wgsl",
  ]);
});

const transposes = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB): MatmulOptions => ({ transposeA, transposeB })),
);

test("gradcheck kills every mutant of softmaxGrad, logSoftmax and matmul", () => {
  const survivors = [
    ...tryMutants("softmaxGrad", ["p", "dp"], [[{}, (p, dp) => softmaxGrad(p!, dp!)]]),
    ...tryMutants("logSoftmax", ["x"], [[{}, (x) => logSoftmax(x!)]]),
    ...tryMutants(
      "matmul",
      ["a", "b"],
      transposes.map((attrs) => [attrs, (a, b) => matmul(a!, b!, attrs)]),
    ),
  ];
  expect(survivors).toEqual([]);
});

type Forward = (...inputs: Tensor[]) => Tensor;
type Variant = readonly [attrs: object, forward: Forward];
type Vjp = (saved: object, dy: Tensor, attrs: object) => Record<string, () => Tensor>;

/** Mutants of the op's vjp that gradcheck lets pass; the vjp itself must pass. */
function tryMutants(op: string, names: readonly string[], variants: readonly Variant[]): string[] {
  const rule = rules.find((r) => r.op === op && r.gives === "thunks")!;
  const passes = (source: string): boolean =>
    variants.every((variant) => agrees(evaluate(source), names, variant));
  const offset = rule.node.getStart();
  const text = rule.node.getText();
  expect(passes(text), op).toBe(true);
  const mutants = mutantsOf(rule, checker);
  expect(mutants.length, op).toBeGreaterThan(5);
  return mutants
    .filter(({ edit }) =>
      passes(mutate(text, { ...edit, start: edit.start - offset, end: edit.end - offset })),
    )
    .map((mutant) => mutant.id);
}

function agrees(vjp: Vjp, names: readonly string[], [attrs, forward]: Variant): boolean {
  const f = customVjp({
    name: "mutant",
    forward,
    backward: (dy, { inputs, value }) => {
      const saved = Object.fromEntries(inputs.map((x, i) => [names[i], x]));
      const thunks = vjp({ ...saved, out: value }, dy, attrs);
      return names.map((name) => thunks[name]);
    },
  });
  const inputs = names.map((_, i) => new NdArray([3, 3], Float64Array.from(values(i + 1, 9))));
  return gradcheck(f, inputs).ok;
}

/** The text of a vjp as a function; it sees the ops that it calls, and what spoils cotangents. */
function evaluate(source: string): Vjp {
  const scope = {
    ...{ exp, matmul, mul, softmaxGrad, sub, sum },
    ROW: { axes: -1, keepDims: true },
    negated: (x: Tensor) => mul(x, -1),
    doubled: (x: Tensor) => mul(x, 2),
    zeroed: (x: Tensor) => mul(x, 0),
  };
  const make = new Function(...Object.keys(scope), `return ${source};`);
  return make(...Object.values(scope));
}

/** The rules in what the op's function is made of, from file to file. */
function rulesBehind(op: string): Rule[] {
  const barrel = checker.getSymbolAtLocation(program.getSourceFile(`${ROOT}/src/ops/index.ts`)!)!;
  const start = checker.getExportsOfModule(barrel).find((symbol) => symbol.name === op);
  const seen = new Set<ts.Node>();
  const queue = start ? declarationsOf(start) : [];
  for (let node = queue.pop(); node; node = queue.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    queue.push(...madeOf(node));
  }
  return rules.filter((rule) => [...seen].some((node) => contains(node, rule.node)));
}

const known = new Map<ts.Node, readonly ts.Node[]>();

/** The declarations that a declaration names. */
function madeOf(node: ts.Node): readonly ts.Node[] {
  const before = known.get(node);
  if (before) return before;
  const found: ts.Node[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isTypeNode(child)) return;
    if (ts.isIdentifier(child)) {
      const symbol = ts.isShorthandPropertyAssignment(child.parent)
        ? checker.getShorthandAssignmentValueSymbol(child.parent)
        : checker.getSymbolAtLocation(child);
      if (symbol) found.push(...declarationsOf(symbol));
    }
    child.forEachChild(visit);
  };
  visit(node);
  known.set(node, found);
  return found;
}

/** Functions and constants of src/ops and src/autograd, at the top of their files. */
function declarationsOf(symbol: ts.Symbol): ts.Node[] {
  const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return (real.declarations ?? []).filter(
    (node) =>
      /\/src\/(ops|autograd)\//.test(node.getSourceFile().fileName) &&
      (ts.isFunctionDeclaration(node) ||
        (ts.isVariableDeclaration(node) && ts.isSourceFile(node.parent.parent.parent))),
  );
}

function contains(outer: ts.Node, inner: ts.Node): boolean {
  const same = outer.getSourceFile() === inner.getSourceFile();
  return same && outer.pos <= inner.pos && outer.end >= inner.end;
}
