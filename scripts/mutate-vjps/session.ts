/**
 * A process that keeps vitest open in the folder it was started in, and runs test files on demand:
 * starting vitest anew for each mutant would cost more than the tests.
 *
 *     in:  Request     out: Verdict
 */
import { createVitest, type TestModule } from "vitest/node";

export interface Request {
  /** Test files from the root of the project. */
  readonly tests: readonly string[];
  /** Absolute paths that have changed since the last request. */
  readonly changed: readonly string[];
  /** Names of the tests to run. Default: all. */
  readonly pattern?: string | undefined;
}

export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** The first test that failed, and its message. */
  readonly killer?: string | undefined;
  readonly message?: string | undefined;
  /** Why no test could run. */
  readonly broken?: string | undefined;
}

const silent = { onTestRunEnd: () => {} };
const vitest = await createVitest("test", {
  watch: false,
  bail: 1,
  maxWorkers: 1,
  reporters: [silent],
});
await vitest.standalone();

process.on("message", async ({ tests, changed, pattern }: Request) => {
  for (const path of changed) vitest.invalidateFile(path);
  // Failures of the last run would count towards `bail`.
  vitest.state.idMap.clear();
  vitest.state.filesMap.clear();
  vitest.state.errorsSet.clear();
  if (pattern) vitest.setGlobalTestNamePattern(new RegExp(pattern));
  else vitest.resetGlobalTestNamePattern();
  const specs = tests.flatMap((file) => vitest.getModuleSpecifications(`${process.cwd()}/${file}`));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specs);
  process.send?.(verdictOf(testModules, unhandledErrors));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");

function verdictOf(modules: readonly TestModule[], errors: readonly unknown[]): Verdict {
  const all = modules.flatMap((module) => [...module.children.allTests()]);
  const failed = all.filter((test) => test.result().state === "failed");
  const [first] = failed;
  const loading = [...modules.flatMap((module) => module.errors()), ...errors];
  return {
    passed: all.filter((test) => test.result().state === "passed").length,
    failed: failed.length,
    killer: first && `${first.module.relativeModuleId} > ${first.fullName}`,
    message: first?.result().errors?.[0]?.message?.split("\n")[0],
    broken: loading.length > 0 ? String((loading[0] as Error).message ?? loading[0]) : undefined,
  };
}
