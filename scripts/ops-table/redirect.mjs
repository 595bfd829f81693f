/** Resolves test files' imports of vitest and of op-suite.js to the collectors beside this file. */
export async function resolve(specifier, context, next) {
  if (specifier === "vitest") {
    return next(new URL("./vitest.ts", import.meta.url).href, context);
  }
  const fromTest = context.parentURL?.includes(".test.ts");
  if (fromTest && specifier.endsWith("/op-suite.js")) {
    return next(new URL("./op-suite.ts", import.meta.url).href, context);
  }
  return next(specifier, context);
}
