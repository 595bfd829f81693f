/**
 * A copy of the project in a temporary folder, and a session of vitest in it. Mutants are written
 * there alone: whatever happens, the project itself stays as it is.
 */
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mutant, mutate } from "./mutant.js";
import type { Request, Verdict } from "./session.js";
import { HELPERS, HELPERS_FILE, helpersImport } from "./ts-mutants.js";

export type Adapter = "swiftshader" | "lavapipe";

const COPIED = ["src", "test", "scripts", "package.json", "tsconfig.json", "vitest.config.ts"];
const LINKED = ["node_modules", "docs", "data", "models", "examples", "benchmarks", "README.md"];
/** Milliseconds for the start, and for each test file: a mutant may never end. */
const LIMIT = 90_000;

export class Workplace {
  readonly folder = mkdtempSync(join(realpathSync(tmpdir()), "hitofude-mutation-"));
  readonly #root: string;
  readonly #sessions = new Map<Adapter, ChildProcess>();
  readonly #changed = new Map<Adapter, Set<string>>();

  constructor(root: string) {
    this.#root = root;
    for (const name of COPIED) cpSync(join(root, name), this.path(name), { recursive: true });
    for (const name of LINKED) symlinkSync(realpathSync(join(root, name)), this.path(name));
    writeFileSync(this.path(HELPERS_FILE), HELPERS);
    // One counterexample is enough: fast-check need not look for the smallest.
    const setup = readFileSync(this.path("test/setup.ts"), "utf8");
    const hurried = setup.replace("{ seed }", "{ seed, endOnFailure: true }");
    if (hurried === setup) throw new Error("test/setup.ts: configureGlobal({ seed }) is not there");
    writeFileSync(this.path("test/setup.ts"), hurried);
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  apply({ file, edit }: Mutant): void {
    const text = mutate(readFileSync(join(this.#root, file), "utf8"), edit);
    this.#write(file, file.endsWith(".ts") ? helpersImport(file) + text : text);
  }

  restore({ file }: Mutant): void {
    this.#write(file, readFileSync(join(this.#root, file), "utf8"));
  }

  /** Runs test files until the first failure; undefined where they did not end in time. */
  async run(
    adapter: Adapter,
    tests: readonly string[],
    pattern?: string,
  ): Promise<Verdict | undefined> {
    const session = this.#sessions.get(adapter) ?? (await this.#open(adapter));
    const changed = [...(this.#changed.get(adapter) ?? [])];
    this.#changed.set(adapter, new Set());
    const verdict = await answer<Verdict>(session, { tests, changed, pattern });
    if (verdict) return verdict;
    end(session);
    this.#sessions.delete(adapter);
    return undefined;
  }

  close(): void {
    for (const session of this.#sessions.values()) end(session);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write(file: string, text: string): void {
    writeFileSync(this.path(file), text);
    const touched = [this.path(file)];
    if (file.endsWith(".wgsl")) {
      execFileSync(process.execPath, [this.path("scripts/embed-shaders.mjs")]);
      touched.push(this.path("src/shaders/generated.ts"));
    }
    for (const changed of this.#changed.values()) for (const path of touched) changed.add(path);
  }

  async #open(adapter: Adapter): Promise<ChildProcess> {
    const session = fork(this.path("scripts/mutate-vjps/session.ts"), {
      cwd: this.folder,
      execArgv: ["--import", "tsx"],
      env: { ...process.env, HITOFUDE_ADAPTER: adapter },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      // A group of its own: ending it ends the processes of the tests.
      detached: true,
    });
    this.#sessions.set(adapter, session);
    this.#changed.set(adapter, new Set());
    if (await answer(session)) return session;
    throw new Error(`vitest did not start in ${this.folder}`);
  }
}

/** The next message of a session after a request; undefined when it ends or the time is up. */
function answer<T>(session: ChildProcess, request?: Request): Promise<T | undefined> {
  return new Promise((resolve) => {
    const done = (message?: unknown): void => {
      clearTimeout(timer);
      session.off("message", done);
      session.off("exit", gone);
      resolve(message as T | undefined);
    };
    const gone = (): void => done();
    const timer = setTimeout(gone, LIMIT * (request?.tests.length ?? 1));
    session.once("message", done);
    session.once("exit", gone);
    if (request) session.send(request);
  });
}

function end(session: ChildProcess): void {
  try {
    if (session.pid !== undefined) process.kill(-session.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
