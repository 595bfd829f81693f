/**
 * Checks the rules that keep the layers apart, on ./src or on the folder given:
 * imports through dependency-cruiser, the rest through TypeScript's syntax tree.
 *
 *     node scripts/check-layers.mjs [project folder]
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const HOME = fileURLToPath(new URL("..", import.meta.url));
const root = resolve(process.argv[2] ?? HOME);

/** `where`: the files that a rule looks at. `find`: what is wrong with a node of their syntax. */
const RULES = [
  {
    where: (file) => !/^src\/(device|shaders)\//.test(file),
    find: (node) =>
      ts.isIdentifier(node) && /^GPU[A-Z]/.test(node.text)
        ? `${node.text} stands in device/ and shaders/ alone`
        : undefined,
  },
  {
    where: (file) => !/^src\/(device|cli)\//.test(file),
    find: (node) =>
      ts.isPropertyAccessExpression(node) &&
      ["Math.random", "Date.now", "performance.now"].includes(node.getText())
        ? `${node.getText()} stands in cli/ and device/ alone: take a Key or the time as an argument`
        : undefined,
  },
  {
    where: (file) => file !== "src/shaders/generated.ts",
    find: (node) =>
      (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) &&
      node.getText().includes("@compute")
        ? "WGSL belongs in a .wgsl file"
        : undefined,
  },
  {
    where: (file) => /^src\/(index|node)\.ts$/.test(file),
    find: (node) =>
      node.parent?.kind === ts.SyntaxKind.SourceFile && !isReExport(node)
        ? "this file re-exports, and does nothing else"
        : undefined,
  },
];

const isReExport = (node) =>
  (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) ||
  node.kind === ts.SyntaxKind.EndOfFileToken;

function checkFile(path) {
  const file = relative(root, path).split(sep).join("/");
  const rules = RULES.filter((rule) => rule.where(file));
  const source = ts.createSourceFile(
    path,
    readFileSync(path, "utf8"),
    ts.ScriptTarget.ES2022,
    true,
  );
  const problems = [];
  const visit = (node) => {
    for (const rule of rules) {
      const problem = rule.find(node);
      if (problem === undefined) continue;
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      problems.push(`${file}:${line + 1}: ${problem}.`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

function checkImports() {
  const program = join(HOME, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const config = join(HOME, ".dependency-cruiser.cjs");
  const args = [program, "src", "--config", config, "--output-type", "err-long"];
  return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status === 0;
}

const files = readdirSync(join(root, "src"), { recursive: true })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => join(root, "src", file));
const problems = files.sort().flatMap(checkFile);
for (const problem of problems) console.error(problem);
if (!checkImports() || problems.length > 0) process.exit(1);
