/**
 * `hitofude new divergence my-idea`, in a checkout of the repository:
 *
 *     src/divergences/my-idea.ts              the divergence, from a template that works
 *     test/divergences/my-idea.test.ts        its own assertions
 *     src/divergences/{registry,index}.ts     one line each
 *
 * Everything is written, or nothing.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { UsageError } from "../errors.js";
import { writeFile } from "../io/node-files.js";
import { KINDS, type Kind, type Names, TEMPLATES } from "./divergence-template.js";

const SOURCE = join("src", "divergences");
const TEST = join("test", "divergences");

/** Words that are no names in TypeScript, of those that the pattern of names lets through. */
const RESERVED = new Set(
  (
    "break case catch class const continue debugger default delete do else enum export extends " +
    "false finally for function if import in instanceof let new null return static super switch " +
    "this throw true try typeof undefined var void while with yield await async arguments eval"
  ).split(" "),
);

interface Change {
  readonly path: string;
  readonly text: string;
  /** What stood there. */
  readonly before: string | undefined;
}

export function addNew(root: Command): void {
  const command = root.command("new").description("add to a checkout of the repository");
  const what = "distance: d(y), the rest follows; field: the loss itself";
  command
    .command("divergence <name>")
    .description("write a divergence, its test and its lines in the registry")
    .addOption(new Option("--kind <kind>", what).choices(KINDS).default("distance"))
    .addHelpText(
      "after",
      `
Examples:
  hitofude new divergence my-idea
  hitofude new divergence my-idea --kind field`,
    )
    .action((name: string, { kind }: { readonly kind: Kind }) => {
      const files = newDivergence(process.cwd(), name, kind);
      process.stdout.write(`${files.map((file) => `wrote ${file}`).join("\n")}\n${NEXT(name)}\n`);
    });
}

const NEXT = (name: string): string => `next:
  npx vitest run test/divergences/laws.test.ts test/divergences/${name}.test.ts
  npm run divergences           (its row in docs/divergences.md)
  npx tsx src/cli/main.ts train align --divergence ${name} --steps 20 --out runs/${name}`;

/** Writes the files in the checkout at `root`; returns their paths within it. */
export function newDivergence(root: string, name: string, kind: Kind): string[] {
  const names = namesOf(name);
  const registry = join(SOURCE, "registry.ts");
  const barrel = join(SOURCE, "index.ts");
  if (![registry, barrel, TEST].every((path) => existsSync(join(root, path)))) {
    throw new UsageError(
      `There is no ${registry} in ${root}. A divergence is added to a checkout of the ` +
        "repository: clone it, and run this in its root.",
    );
  }
  const { source, test } = TEMPLATES[kind];
  const file = join(SOURCE, `${name}.ts`);
  const testFile = join(TEST, `${name}.test.ts`);
  refuseTaken(root, names, [file, testFile]);
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const [registered, exported] = [read(registry), read(barrel)];
  const changes: Change[] = [
    { path: file, text: source(names), before: undefined },
    { path: testFile, text: test(names), before: undefined },
    { path: registry, text: withRegistration(registered, names), before: registered },
    { path: barrel, text: withStatement(exported, "export", names), before: exported },
  ];
  apply(root, changes);
  return changes.map(({ path }) => path);
}

function namesOf(name: string): Names {
  const identifier = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(name) || RESERVED.has(identifier)) {
    throw new UsageError(
      `"${name}" is no name for a divergence. Give small letters, digits and single dashes, ` +
        "such as my-idea.",
    );
  }
  const words = name.replaceAll("-", " ");
  return { name, identifier, title: words[0]?.toUpperCase() + words.slice(1) };
}

/** Files that exist, and names that the library exports already. */
function refuseTaken(root: string, { name, identifier }: Names, files: readonly string[]): void {
  const found = files.find((file) => existsSync(join(root, file)));
  if (found) throw new UsageError(`${found} exists. Choose another name, or edit that file.`);
  const barrels = readdirSync(join(root, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join("src", entry.name, "index.ts"))
    .filter((path) => existsSync(join(root, path)));
  const word = new RegExp(`\\b${identifier}\\b`);
  const taken = barrels.find((path) =>
    word.test(withoutComments(readFileSync(join(root, path), "utf8"))),
  );
  if (!taken) return;
  throw new UsageError(
    `The name ${name} is taken: ${taken} exports ${identifier}. Choose another name.`,
  );
}

const withoutComments = (code: string): string => code.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");

function withRegistration(code: string, { name, identifier }: Names): string {
  const key = name === identifier ? name : `"${name}": ${identifier}`;
  const table = /(export const divergences\b[^{]*\{\n)([\s\S]*?)(\n\};)/;
  if (!table.test(code)) throw unknownShape("registry.ts");
  const line = code.replace(table, (_, start, rows, end) => `${start}${rows}\n  ${key},${end}`);
  return withStatement(line, "import", { name, identifier });
}

/** Adds `import { myIdea } from "./my-idea.js";`, or export, in the order of the paths. */
function withStatement(
  code: string,
  verb: "import" | "export",
  { name, identifier }: Pick<Names, "name" | "identifier">,
): string {
  const statements = [
    ...code.matchAll(new RegExp(`^${verb} [^;]*? from "\\./([^"]+)\\.js";\\n`, "gm")),
  ];
  const last = statements.at(-1);
  if (!last) throw unknownShape(`the ${verb}s`);
  const next = statements.find(([, path = ""]) => path > name);
  const at = next?.index ?? last.index + last[0].length;
  return `${code.slice(0, at)}${verb} { ${identifier} } from "./${name}.js";\n${code.slice(at)}`;
}

function unknownShape(what: string): UsageError {
  return new UsageError(
    `${what} in ${SOURCE} is not as this command knows it. Take the hitofude of the same checkout: ` +
      "npx tsx src/cli/main.ts new divergence.",
  );
}

/** All changes, or none. */
function apply(root: string, changes: readonly Change[]): void {
  const done: Change[] = [];
  try {
    for (const change of changes) {
      done.push(change);
      writeFile(join(root, change.path), change.text);
    }
  } catch (error) {
    for (const { path, before } of done) {
      if (before === undefined) remove(join(root, path));
      else if (readFileSync(join(root, path), "utf8") !== before)
        writeFile(join(root, path), before);
    }
    throw error;
  }
}

/** `force` forgives a missing file, but not a parent that is no folder. */
function remove(path: string): void {
  if (existsSync(path)) rmSync(path);
}
