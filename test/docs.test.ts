/**
 * Documents cannot lie: code blocks of README.md and docs/ compile and run, links lead somewhere.
 *
 *     ```ts           all such blocks of a page are one program, which must end without an error
 *     ```ts no-run    compiled alone, against the library's types
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const pages = [
  "README.md",
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .map((file) => join("docs", file))
    .filter((file) => file.endsWith(".md") && !file.startsWith(join("docs", "api"))),
].filter((page) => existsSync(page));

interface Program {
  readonly page: string;
  readonly code: string;
  readonly runs: boolean;
}

function programsOf(page: string): Program[] {
  const blocks = [...readFileSync(page, "utf8").matchAll(/^```ts( no-run)?\n([\s\S]*?)^```$/gm)];
  const running = blocks.filter(([, flag]) => flag === undefined).map(([, , code]) => code);
  const alone = blocks.filter(([, flag]) => flag !== undefined).map(([, , code]) => code);
  const programs = alone.map((code = "") => ({ page, code, runs: false }));
  return running.length === 0
    ? programs
    : [{ page, code: joinImports(running.join("\n")), runs: true }, ...programs];
}

/** One import for each module: blocks of a page may import a name again. */
function joinImports(code: string): string {
  const names = new Map<string, Set<string>>();
  const rest = code.replace(/^import \{([^}]*)\} from "([^"]+)";\n/gm, (_, list, from) => {
    const known = names.get(from) ?? new Set();
    for (const name of String(list).split(",")) known.add(name.trim());
    names.set(from, known);
    return "";
  });
  const imports = [...names].map(
    ([from, known]) => `import { ${[...known].join(", ")} } from "${from}";`,
  );
  return `${imports.join("\n")}\n${rest}`;
}

/** The package's names as files of this tree; test helpers as a test would import them. */
function withImports(code: string): string {
  const from = (file: string): string => JSON.stringify(resolve(file));
  const suite = code.includes("opSuite(")
    ? `import { opSuite, shapes } from ${from("test/op-suite.js")};\ndeclare const centred: ` +
      `(x: import(${from("src/index.js")}).Tensor) => import(${from("src/index.js")}).Tensor;\n`
    : "";
  return `${suite}${code}\nexport {};\n`
    .replaceAll('"hitofude/node"', from("src/node.js"))
    .replaceAll('"hitofude"', from("src/index.js"));
}

const programs = pages.flatMap(programsOf);

/** Compiles all programs at once, as files that exist in memory alone. */
function compile(): Map<string, string> {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ".");
  // Pages for browsers use navigator and fetch.
  options.lib = [...(options.lib ?? []), "lib.dom.d.ts"];
  const sources = new Map(
    programs.map(({ code }, i) => [resolve(`examples/block-${i}.ts`), withImports(code)] as const),
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (file) => sources.get(resolve(file)) ?? readFile(file);
  host.fileExists = (file) => sources.has(resolve(file)) || fileExists(file);
  host.getSourceFile = (file, ...rest) => {
    const text = sources.get(resolve(file));
    return text === undefined
      ? getSourceFile(file, ...rest)
      : ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  };
  const program = ts.createProgram(
    [...sources.keys()],
    { ...options, noUnusedLocals: false, noUnusedParameters: false },
    host,
  );
  return new Map(
    [...sources.keys()].map((file) => {
      const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
      return [file, ts.formatDiagnostics(found, host)] as const;
    }),
  );
}

describe("documents", () => {
  test("there are some, with code", () => {
    expect(pages.length).toBeGreaterThan(5);
    expect(programs.length).toBeGreaterThan(5);
  });

  test("every code block compiles", { timeout: 180_000 }, () => {
    const problems = [...compile().values()];
    programs.forEach(({ page, code }, i) => {
      expect(problems[i], `${page}:\n${code}`).toBe("");
    });
  });

  test.each(programs.filter(({ runs }) => runs))("the code of $page runs", ({ code }) => {
    const folder = mkdtempSync(join(tmpdir(), "hitofude-docs-"));
    try {
      const file = join(folder, "page.mts");
      writeFileSync(file, withImports(code));
      const tsx = new URL(import.meta.resolve("tsx")).href;
      const args = ["--import", tsx, file];
      const { status, stderr } = spawnSync(process.execPath, args, {
        encoding: "utf8",
        cwd: folder,
      });
      expect(status, stderr).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test.each(pages)("the links of %s lead somewhere", (page) => {
    const links = [...readFileSync(page, "utf8").matchAll(/\]\(([^)#\s]+)[^)]*\)/g)];
    const broken = links
      .map(([, link = ""]) => link)
      .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(dirname(page), link)));
    expect(broken).toEqual([]);
  });
});
