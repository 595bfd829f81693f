/** `hitofude new divergence`, run in a copy of this repository. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { newDivergence } from "../../src/cli/new-divergence.js";
import { run, temporaryFolder } from "./cli.js";

const at = temporaryFolder();
const COPIED = [
  ...["biome.json", "package.json", "tsconfig.json", "vitest.config.ts"],
  ...["scripts/embed-shaders.mjs", "src", "test", "data"],
];
const SOURCES = ["index.ts", "registry.ts", "my-idea.ts", "other.ts"];

const FILES = ["src/divergences/index.ts", "src/divergences/registry.ts"];
const listed = (root: string): string[] =>
  ["src/divergences", "test/divergences"].flatMap((folder) => readdirSync(join(root, folder)));
const texts = (root: string): string[] =>
  FILES.map((file) => readFileSync(join(root, file), "utf8"));

/** Just enough for the command to write into. */
function skeleton(name: string): string {
  for (const folder of ["src/divergences", "src/ops", "test/divergences"])
    mkdirSync(at(name, folder), { recursive: true });
  for (const file of [...FILES, "src/ops/index.ts"]) cpSync(file, at(name, file));
  return at(name);
}

describe("in a copy of the repository", () => {
  const copy = at("copy");
  const node = (...args: readonly string[]) =>
    spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
  const bin = (path: string): string => resolve("node_modules", path);

  beforeAll(() => {
    mkdirSync(copy);
    for (const name of COPIED) cpSync(name, join(copy, name), { recursive: true });
    symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
    expect(newDivergence(copy, "my-idea", "distance")).toHaveLength(4);
    newDivergence(copy, "other", "field");
  }, 60_000);

  test("what was written has its types and passes the linter", { timeout: 180_000 }, () => {
    const sources = SOURCES.map((file) => join("src/divergences", file));
    const tests = ["my-idea", "other"].map((name) => join("test/divergences", `${name}.test.ts`));
    const include = ["src/index.ts", ...sources, ...tests];
    writeFileSync(join(copy, "new.json"), JSON.stringify({ extends: "./tsconfig.json", include }));
    const types = node(bin("typescript/bin/tsc"), "-p", "new.json");
    expect(types.stdout).toBe("");
    const lint = node(
      bin("@biomejs/biome/bin/biome"),
      "check",
      "--vcs-enabled=false",
      ...sources,
      ...tests,
    );
    expect(lint.status, lint.stdout + lint.stderr).toBe(0);
  });

  test("its tests pass, and the laws hold for it", { timeout: 180_000 }, () => {
    const files = ["laws", "my-idea", "other"].map((name) => `test/divergences/${name}.test.ts`);
    const named = "^(my-idea|other|by kernels (my-idea|other)|known|near|its gradient)";
    const { status, stdout, stderr } = node(
      bin("vitest/vitest.mjs"),
      "run",
      ...files,
      "--testNamePattern",
      named,
      "--reporter=json",
    );
    expect(status, stdout + stderr).toBe(0);
    const report = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
      readonly testResults: readonly {
        readonly assertionResults: readonly {
          readonly status: string;
          readonly fullName: string;
        }[];
      }[];
    };
    const passed = report.testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter((result) => result.status === "passed")
      .map(({ fullName }) => fullName);
    expect(passed.filter((name) => /exact one/.test(name))).toHaveLength(8);
    expect(passed.filter((name) => name.startsWith("by kernels"))).toHaveLength(4);
    expect(passed.some((name) => name.startsWith("known values"))).toBe(true);
  });

  test("the guide shows the file that the command writes", () => {
    const guide = readFileSync("docs/adding-a-divergence.md", "utf8");
    const [, shown] = /```typescript\n([\s\S]*?)```/.exec(guide) ?? [];
    expect(shown).toBe(readFileSync(join(copy, "src/divergences/my-idea.ts"), "utf8"));
  });
});

describe("refuses", () => {
  const refused = (root: string, name: string): string => {
    try {
      newDivergence(root, name, "distance");
    } catch (error) {
      return (error as Error).message.replaceAll(at(), "TMP");
    }
    return "nothing";
  };

  test("bad names and taken ones, and writes nothing", () => {
    const root = skeleton("names");
    const before = [listed(root), texts(root)];
    expect(refused(root, "MyIdea")).toMatchInlineSnapshot(
      `""MyIdea" is no name for a divergence. Give small letters, digits and single dashes, such as my-idea."`,
    );
    expect(refused(root, "../up")).toMatchInlineSnapshot(
      `""../up" is no name for a divergence. Give small letters, digits and single dashes, such as my-idea."`,
    );
    for (const name of ["", "a--b", "-a", "a-", "7up", "a_b", "a b", "class", "a-7"]) {
      expect(refused(root, name)).toMatch(/is no name for a divergence/);
    }
    writeFileSync(join(root, "src/divergences/mine.ts"), "mine");
    expect(refused(root, "mine")).toMatchInlineSnapshot(
      `"src/divergences/mine.ts exists. Choose another name, or edit that file."`,
    );
    rmSync(join(root, "src/divergences/mine.ts"));
    expect(refused(root, "pseudo-huber")).toMatchInlineSnapshot(
      `"The name pseudo-huber is taken: src/divergences/index.ts exports pseudoHuber. Choose another name."`,
    );
    expect(refused(root, "softmax")).toMatchInlineSnapshot(
      `"The name softmax is taken: src/ops/index.ts exports softmax. Choose another name."`,
    );
    expect([listed(root), texts(root)]).toEqual(before);
  });

  test("a place that is no checkout, and a registry that it does not know", () => {
    mkdirSync(at("empty"));
    expect(refused(at("empty"), "my-idea")).toMatchInlineSnapshot(
      `"There is no src/divergences/registry.ts in TMP/empty. A divergence is added to a checkout of the repository: clone it, and run this in its root."`,
    );
    const root = skeleton("strange");
    writeFileSync(join(root, "src/divergences/registry.ts"), "export const all = {};\n");
    expect(refused(root, "my-idea")).toMatchInlineSnapshot(
      `"registry.ts in src/divergences is not as this command knows it. Take the hitofude of the same checkout: npx tsx src/cli/main.ts new divergence."`,
    );
    expect(listed(root)).toEqual(["index.ts", "registry.ts"]);
  });

  test("leaves nothing half-written", () => {
    const root = skeleton("broken");
    const before = texts(root);
    rmSync(join(root, "test/divergences"), { recursive: true });
    writeFileSync(join(root, "test/divergences"), "a file");
    expect(refused(root, "my-idea")).toMatch(/cannot be written/);
    expect(readdirSync(join(root, "src/divergences"))).toEqual(["index.ts", "registry.ts"]);
    expect(texts(root)).toEqual(before);
  });

  test("on the command line: one line, code 2", async () => {
    const { code, out, err } = await run(["new", "divergence", "Bad"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^error: "Bad" is no name[^\n]*\n$/);
  });
});
