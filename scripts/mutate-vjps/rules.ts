/**
 * Finds every place of src/ops and src/autograd that says a derivative:
 *
 *     vjp, da, db, dx, reached     properties that are functions
 *     reference                    of ops that are gradients themselves (their name says so)
 *     new TapeNode(…, pullback)    ops written by hand
 *     NAMED                        the functions of the tape and of the transforms
 *     helpers                      functions of the same file that only the above call
 */
import { relative, resolve, sep } from "node:path";
import ts from "typescript";

/** A rule of differentiation. */
export interface Rule {
  readonly op: string;
  /** From the root of the project, with slashes. */
  readonly file: string;
  readonly source: ts.SourceFile;
  readonly node: ts.Node;
  /**
   * thunks: functions without parameters give cotangents. result: the function itself does.
   * tensors: every tensor that is made on the way is one. arithmetic: float64, or a helper.
   */
  readonly gives: "thunks" | "result" | "tensors" | "arithmetic";
}

const GRADIENT_OP = /Grad|Transposed|Back$/;

const NAMED: Readonly<Record<string, { names: readonly string[]; gives: Rule["gives"] }>> = {
  "src/autograd/backward.ts": { names: ["backward", "pullBack", "unbroadcast"], gives: "tensors" },
  "src/autograd/checkpoint.ts": { names: ["pullBack"], gives: "tensors" },
  "src/autograd/composed.ts": { names: ["composedVjp"], gives: "tensors" },
  "src/autograd/custom-vjp.ts": { names: ["cotangent"], gives: "tensors" },
  "src/autograd/grad.ts": { names: ["differentiate", "cotangents"], gives: "tensors" },
  "src/autograd/hvp.ts": { names: ["hvp"], gives: "tensors" },
  "src/autograd/jvp.ts": { names: ["jvp"], gives: "tensors" },
  "src/ops/attention-materialised.ts": { names: ["materialisedGradients"], gives: "thunks" },
};

/** The sources of the project, with types. */
export function openProject(root: string): ts.Program {
  const path = resolve(root, "tsconfig.json");
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: ["src"] }, ts.sys, root);
  return ts.createProgram([resolve(root, "src/index.ts")], options);
}

export function findRules(root: string, program: ts.Program): Rule[] {
  return program.getSourceFiles().flatMap((source) => {
    const file = relative(root, source.fileName).split(sep).join("/");
    if (!/^src\/(ops|autograd)\//.test(file)) return [];
    const direct = rulesOf(file, source);
    return [...direct, ...helpersOf(file, source, direct)];
  });
}

function rulesOf(file: string, source: ts.SourceFile): Rule[] {
  const found: Rule[] = [];
  const stem = (file.split("/").at(-1) ?? file).replace(/\.ts$/, "");
  const add = (op: string | undefined, node: ts.Node, gives: Rule["gives"]): void => {
    found.push({ op: op ?? stem, file, source, node, gives });
  };
  const visit = (node: ts.Node): void => {
    const named = namedFunction(node);
    const key = named?.name;
    if (named && (ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node))) {
      const op = opOf(node);
      if (key === "vjp") add(op, named.node, "thunks");
      else if (key && ["da", "db", "dx", "reached"].includes(key)) add(op, named.node, "result");
      else if (key === "reference" && GRADIENT_OP.test(op ?? "")) {
        add(op, named.node, "arithmetic");
      }
    } else if (ts.isNewExpression(node) && node.expression.getText() === "TapeNode") {
      const [name, , , pullback] = node.arguments ?? [];
      const op = name && ts.isStringLiteral(name) ? name.text : undefined;
      if (pullback) add(op, pullback, "tensors");
    } else if (ts.isFunctionDeclaration(node) && key && NAMED[file]?.names.includes(key)) {
      add(stem, node, NAMED[file].gives);
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found.filter((rule) => !found.some((other) => other !== rule && inside(rule, other)));
}

function inside(inner: Rule, outer: Rule): boolean {
  return inner.node.pos >= outer.node.pos && inner.node.end <= outer.node.end;
}

/** A property, method, function or constant that is a function. */
function namedFunction(node: ts.Node): { name: string; node: ts.Node } | undefined {
  if (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) {
    return node.name && node.body ? { name: node.name.getText(), node } : undefined;
  }
  if (!ts.isPropertyAssignment(node) && !ts.isVariableDeclaration(node)) return undefined;
  const value = node.initializer;
  const isFunction = value && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
  return isFunction ? { name: node.name.getText(), node: value } : undefined;
}

/** The op's name: a property beside this one, or the first argument of the call around. */
function opOf(property: ts.ObjectLiteralElementLike): string | undefined {
  const literal = property.parent;
  if (!ts.isObjectLiteralExpression(literal)) return undefined;
  for (const sibling of literal.properties) {
    if (!ts.isPropertyAssignment(sibling) || sibling.name.getText() !== "name") continue;
    const { initializer } = sibling;
    if (ts.isStringLiteral(initializer)) return initializer.text;
    return constantIn(literal.getSourceFile(), initializer.getText());
  }
  const first = ts.isCallExpression(literal.parent) ? literal.parent.arguments[0] : undefined;
  return first && ts.isStringLiteral(first) ? first.text : undefined;
}

function constantIn(source: ts.SourceFile, name: string): string | undefined {
  return new RegExp(`^const ${name} = "(\\w+)"`, "m").exec(source.text)?.[1];
}

/** Functions at the top of the file that rules call, and nothing else. */
function helpersOf(file: string, source: ts.SourceFile, direct: readonly Rule[]): Rule[] {
  const candidates = new Map<string, ts.Node>();
  for (const statement of source.statements) {
    const exported = statement.getText().startsWith("export");
    const parts = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations
      : [statement];
    for (const part of parts) {
      const named = exported ? undefined : namedFunction(part);
      if (named && !direct.some(({ node }) => node === named.node)) {
        candidates.set(named.name, named.node);
      }
    }
  }
  const rules: Rule[] = [...direct];
  for (let before = -1; before < rules.length; ) {
    before = rules.length;
    for (const [name, node] of candidates) {
      const uses = usesOf(source, name).filter((use) => use.pos < node.pos || use.end > node.end);
      const users = uses.map((use) =>
        rules.find((rule) => use.pos >= rule.node.pos && use.end <= rule.node.end),
      );
      const [user] = users;
      if (!user || users.some((found) => found === undefined)) continue;
      candidates.delete(name);
      rules.push({ op: user.op, file, source, node, gives: "arithmetic" });
    }
  }
  return rules.slice(direct.length);
}

/** Where a name is read, its declaration apart. */
function usesOf(source: ts.SourceFile, name: string): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    const parent = node.parent;
    const declares =
      parent &&
      "name" in parent &&
      parent.name === node &&
      !ts.isShorthandPropertyAssignment(parent);
    if (ts.isIdentifier(node) && node.text === name && !declares) found.push(node);
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}
