/**
 * The messages of errors, read out of the syntax trees of src/, and the inline snapshots of test/.
 *
 *     new ShapeError(`${op}: axis ${axis} does not exist. ${advice}`)
 *
 * becomes a text with holes: "‥: axis ‥ does not exist. ‥". A hole that a helper fills with a
 * sentence (an argument with a space in it) gives one message for each call of the helper.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** What stands in a message for a value that only a run knows. */
const HOLE = "‥";
/** Helpers may call helpers; deeper than this they are taken as holes. */
const DEPTH = 4;

export interface Message {
  readonly where: string;
  /** The class that is thrown. */
  readonly name: string;
  /** The literal parts, with HOLE between them. */
  readonly text: string;
}

/** Every message of the errors made in `folders`, each once. */
export function errorMessages(folders: readonly string[]): Message[] {
  const files = parse(folders);
  const reader = new Reader(files.map(indexed));
  const found = new Map<string, Message>();
  for (const file of files) {
    visit(file, (node) => {
      if (!ts.isNewExpression(node) || !/Error$/.test(node.expression.getText())) return;
      const [said] = node.arguments ?? [];
      if (!said) return;
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      const where = `${file.fileName}:${line + 1}`;
      const name = node.expression.getText();
      for (const text of reader.read(said)) {
        if (!found.has(`${name}${text}`)) found.set(`${name}${text}`, { where, name, text });
      }
    });
  }
  return [...found.values()];
}

/** Every line of every inline snapshot in `folder`. */
export function snapshotLines(folder: string): string[] {
  const lines: string[] = [];
  for (const file of parse([folder])) {
    visit(file, (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
      if (!/InlineSnapshot$/.test(node.expression.name.text)) return;
      for (const given of node.arguments) {
        if (ts.isStringLiteralLike(given)) lines.push(...given.text.split("\n"));
      }
    });
  }
  return lines.map((line) => line.trim());
}

/** The snapshot that holds `message`, class and all; undefined when there is none. */
export function snapshotOf(message: Message, lines: readonly string[]): string | undefined {
  const text = message.text.split(HOLE).map(escapeRegExp).join(".*");
  const whole = new RegExp(
    `^(\\[${message.name}: ${text}\\]|"?(${message.name}: )?${text}"?,?)$`,
    "s",
  );
  return lines.find((line) => whole.test(line));
}

/** Reads an expression as texts: several where it branches, or where a helper is called. */
class Reader {
  private readonly files: readonly FileIndex[];

  constructor(files: readonly FileIndex[]) {
    this.files = files;
  }

  read(said: ts.Expression): string[] {
    const helper = this.helperAround(said);
    const calls = helper ? this.callsOf(helper) : [];
    const given = calls.length > 0 ? calls : [undefined];
    const texts = given.flatMap((call) => this.expand(said, helper, call, DEPTH));
    return [...new Set(texts.map((text) => text.replaceAll(/‥+/g, HOLE)))];
  }

  /** @param call of `helper`, whose arguments stand for the parameters in `node` */
  private expand(
    node: ts.Expression,
    helper: Helper | undefined,
    call: ts.CallExpression | undefined,
    depth: number,
  ): string[] {
    const again = (inner: ts.Expression): string[] => this.expand(inner, helper, call, depth);
    if (ts.isStringLiteralLike(node)) return [node.text];
    if (ts.isParenthesizedExpression(node)) return again(node.expression);
    if (ts.isConditionalExpression(node)) {
      const texts = [...again(node.whenTrue), ...again(node.whenFalse)];
      return texts.includes(HOLE) && !texts.some(isSentence) ? [HOLE] : texts;
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      return joined(again(node.left), again(node.right));
    }
    if (ts.isTemplateExpression(node)) {
      return node.templateSpans.reduce(
        (texts, span) => joined(joined(texts, again(span.expression)), [span.literal.text]),
        [node.head.text],
      );
    }
    if (ts.isIdentifier(node)) return this.named(node, helper, call, depth);
    return [HOLE];
  }

  private named(
    node: ts.Identifier,
    helper: Helper | undefined,
    call: ts.CallExpression | undefined,
    depth: number,
  ): string[] {
    if (depth === 0) return [HOLE];
    const at = helper?.parameters.findIndex((p) => p.name.getText() === node.text) ?? -1;
    if (at >= 0) {
      const given = call?.arguments[at] ?? helper?.parameters[at]?.initializer;
      return given ? this.sentences(given, depth - 1) : [HOLE];
    }
    const constant = this.constant(node);
    return constant ? this.expand(constant, helper, call, depth - 1) : [HOLE];
  }

  /** What a caller says: a name (of an op, say) is a hole, words are part of the message. */
  private sentences(given: ts.Expression, depth: number): string[] {
    const helper = this.helperAround(given);
    const calls = helper ? this.callsOf(helper) : [];
    const outer = calls.length > 0 ? calls : [undefined];
    const texts = outer.flatMap((call) => this.expand(given, helper, call, depth));
    return [...new Set(texts.map((text) => (isSentence(text) ? text : HOLE)))];
  }

  /** The text that a `const` of this name holds, in the nearest block or in another file. */
  private constant(node: ts.Identifier): ts.Expression | undefined {
    const own = this.files.find(({ file }) => file === node.getSourceFile());
    const declared = own?.constants.get(node.text) ?? [];
    for (let scope: ts.Node | undefined = node.parent; scope; scope = scope.parent) {
      const value = declared.find((d) => d.parent.parent.parent === scope)?.initializer;
      if (value) return value;
    }
    if (!own?.imports.has(node.text)) return undefined;
    return this.files.flatMap(({ constants }) => constants.get(node.text) ?? [])[0]?.initializer;
  }

  /** The named function around a node whose calls are looked at, if it is called anywhere. */
  private helperAround(node: ts.Node): Helper | undefined {
    for (let at: ts.Node | undefined = node; at; at = at.parent) {
      if (ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) return at;
      if (ts.isArrowFunction(at) && ts.isVariableDeclaration(at.parent)) return at;
    }
    return undefined;
  }

  private callsOf(helper: Helper): readonly ts.CallExpression[] {
    const named: ts.NamedDeclaration = ts.isArrowFunction(helper)
      ? (helper.parent as ts.VariableDeclaration)
      : helper;
    const name = named.name?.getText() ?? "";
    const home = helper.getSourceFile();
    const method = ts.isMethodDeclaration(helper);
    return this.files
      .filter(({ file, imports }) => file === home || (!method && imports.has(name)))
      .flatMap(({ calls }) => calls.get(name) ?? []);
  }
}

/** Three words or more: what a helper is told to say, and no name that it is told to mention. */
function isSentence(text: string): boolean {
  return text.trim().split(/\s+/).length >= 3;
}

type Helper = ts.FunctionDeclaration | ts.MethodDeclaration | ts.ArrowFunction;

function isText(node: ts.Expression): boolean {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return true;
  if (ts.isConditionalExpression(node)) return isText(node.whenTrue) || isText(node.whenFalse);
  return ts.isBinaryExpression(node) && (isText(node.left) || isText(node.right));
}

/** What one file says: its texts by name, its calls by the name of what is called, its imports. */
function indexed(file: ts.SourceFile): FileIndex {
  const constants = new Map<string, ts.VariableDeclaration[]>();
  const calls = new Map<string, ts.CallExpression[]>();
  const imports = new Set<string>();
  const add = <T>(map: Map<string, T[]>, name: string, value: T): void => {
    map.set(name, [...(map.get(name) ?? []), value]);
  };
  visit(file, (node) => {
    if (ts.isImportSpecifier(node)) imports.add(node.name.text);
    else if (ts.isVariableDeclaration(node)) {
      const text = node.initializer !== undefined && isText(node.initializer);
      if (text) add(constants, node.name.getText(), node);
    } else if (ts.isCallExpression(node)) {
      const { expression } = node;
      const called = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
      if (ts.isIdentifier(called)) add(calls, called.text, node);
    }
  });
  return { file, constants, calls, imports };
}

interface FileIndex {
  readonly file: ts.SourceFile;
  readonly constants: ReadonlyMap<string, readonly ts.VariableDeclaration[]>;
  readonly calls: ReadonlyMap<string, readonly ts.CallExpression[]>;
  readonly imports: ReadonlySet<string>;
}

function joined(heads: readonly string[], tails: readonly string[]): string[] {
  return heads.flatMap((head) => tails.map((tail) => head + tail));
}

function parse(folders: readonly string[]): ts.SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith("generated.ts"))
      .sort()
      .map((file) => join(folder, file))
      .map((path) =>
        ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true),
      ),
  );
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
