/**
 * Which tests look at a source file: those that bear its name, else those that import it, else
 * those of the files that import it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";

export interface TestPlan {
  /** Run first. */
  readonly own: readonly string[];
  /** Run where those find nothing: derivatives of derivatives, whole programs, other importers. */
  readonly wide: readonly string[];
}

const WIDE = ["test/autograd/second-order.test.ts", "test/autograd/programs.test.ts"];
/** Of the other importers so many are enough: some files are imported everywhere. */
const NEAR = 6;
const TAPE = ["test/autograd/grad.test.ts", "test/autograd/gradcheck.test.ts"];

export class TestFinder {
  /** File → the files that import it. */
  readonly #importers = new Map<string, Set<string>>();
  readonly #shaders = new Map<string, string>();
  readonly #tests: readonly string[];
  /** Tests of f16. */
  readonly #halves = new Set<string>();

  constructor(root: string) {
    const files = ["src", "test"].flatMap((folder) => list(root, folder));
    this.#tests = files.filter((file) => /^test\/(ops|autograd)\/.*\.test\.ts$/.test(file));
    for (const file of files) {
      const text = readFileSync(join(root, file), "utf8");
      if (file.endsWith(".wgsl")) this.#shaders.set(file, text);
      if (!file.endsWith(".ts")) continue;
      if (/testF16\(/.test(text)) this.#halves.add(file);
      for (const [, path = ""] of text.matchAll(/from "(\.[^"]*)\.js"/g)) {
        this.#add(`${normalize(join(dirname(file), path))}.ts`, file);
      }
      if (file === "src/shaders/generated.ts") continue;
      for (const [, name] of text.matchAll(/kernel\(\s*"([\w.]+)"/g)) {
        this.#add(`src/shaders/${name}.wgsl`, file);
      }
    }
    for (const [file, text] of this.#shaders) {
      for (const [, used] of text.matchAll(/^\/\/: use (\S+)/gm)) {
        this.#add(`src/shaders/${used}`, file);
      }
    }
  }

  testsOf(file: string): TestPlan {
    const found = this.#own(file, new Set());
    const tape = file.startsWith("src/autograd/");
    // The tape is under everything: its own tests, and of the others only a few.
    const own = new Set(
      tape ? [...found.filter((test) => test.includes("/autograd/")), ...TAPE] : found,
    );
    const near = [...(this.#importers.get(file) ?? []), ...found].filter((test) =>
      this.#tests.includes(test),
    );
    return {
      own: [...own],
      wide: [...new Set([...WIDE, ...near.slice(0, NEAR)])].filter((x) => !own.has(x)),
    };
  }

  /** Whether the bundled driver does not run all of it: large subgroups, or f16. */
  needsMore(file: string, tests: readonly string[]): boolean {
    if (file.endsWith(".wgsl")) return this.#inSubgroups(file);
    return tests.some((test) => this.#halves.has(test));
  }

  #inSubgroups(shader: string): boolean {
    const users = [...(this.#importers.get(shader) ?? [])].filter((x) => x.endsWith(".wgsl"));
    return shader.includes("subgroup") || users.some((user) => this.#inSubgroups(user));
  }

  #own(file: string, seen: Set<string>): string[] {
    if (seen.has(file)) return [];
    seen.add(file);
    const stem = (file.split("/").at(-1) ?? "").replace(/\.\w+$/, "");
    const named = this.#tests.filter((test) =>
      (test.split("/").at(-1) ?? "").startsWith(`${stem}.`),
    );
    if (named.length > 0) return named;
    const importers = [...(this.#importers.get(file) ?? [])];
    const direct = importers.filter((x) => this.#tests.includes(x));
    if (direct.length > 0) return direct.slice(0, 6);
    return importers
      .filter((x) => /^src\/(ops|autograd|shaders)\//.test(x) && !x.endsWith("/index.ts"))
      .flatMap((x) => this.#own(x, seen));
  }

  #add(file: string, importer: string): void {
    const known = this.#importers.get(file) ?? new Set();
    this.#importers.set(file, known.add(importer));
  }
}

function list(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(root, join(file.parentPath, file.name)).split(sep).join("/"));
}
