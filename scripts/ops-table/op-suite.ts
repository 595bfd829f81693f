/** Stands in for test/op-suite.ts: keeps the suites instead of running them. */
import type { OpSuite } from "../../test/op-suite.js";

export { expectClose, shapes } from "../../test/op-suite.js";

/** A suite as a test file states it; what its attributes are only its own `apply` knows. */
export interface Collected {
  readonly name: string;
  readonly suite: OpSuite<unknown>;
}

export const collected: Collected[] = [];

export function opSuite<A>(name: string, suite: OpSuite<A>): void {
  collected.push({ name, suite: suite as unknown as OpSuite<unknown> });
}
