/**
 * Vitest's own report, then the names of skipped tests, then one last line for machines:
 *
 *     N passed, N failed, N skipped
 *
 * A file that does not load, an error outside every test, and a test whose process died count as
 * failed.
 */
import type { SerializedError } from "vitest";
import type { TestCase, TestModule, TestRunEndReason } from "vitest/node";
import { DefaultReporter } from "vitest/node";

export default class SummaryReporter extends DefaultReporter {
  override onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    super.onTestRunEnd(modules, errors, reason);
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string): TestCase[] =>
      tests.filter((test) => test.result().state === state);
    const skipped = inState("skipped");
    // A test without a result was running, or still to run, when its process died.
    const lost = inState("pending");
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    for (const test of skipped) console.log(`skipped: ${describe(test)}`);
    for (const test of lost) console.log(`did not finish: ${describe(test)}`);
    const failed = inState("failed").length + lost.length + broken;
    console.log(`${inState("passed").length} passed, ${failed} failed, ${skipped.length} skipped`);
  }
}

function describe(test: TestCase): string {
  const result = test.result();
  const note = result.state === "skipped" && result.note ? ` (${result.note})` : "";
  return `${test.module.relativeModuleId} > ${test.fullName}${note}`;
}
