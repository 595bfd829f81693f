/** Stands in for vitest while test files are only asked which suites they have: nothing runs. */
const nothing: object = new Proxy(() => nothing, { get: () => nothing });
const ignored = nothing as never;

/** Suites may stand inside. */
function describe(_name: string, body: () => void): void {
  body();
}
describe.each =
  (cases: readonly unknown[]) =>
  (_name: string, body: (...values: unknown[]) => void): void => {
    for (const values of cases) body(...(Array.isArray(values) ? values : [values]));
  };

export { describe };
export const test = ignored;
export const expect = ignored;
export const beforeAll = ignored;
export const afterAll = ignored;
export const afterEach = ignored;
