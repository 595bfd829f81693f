import { defineConfig } from "vitest/config";

/** The bundled driver makes runs alike on every machine; it exists for linux-x64 alone. */
const bundled = process.platform === "linux" && process.arch === "x64";

/** Percent of each folder. */
const ENOUGH = { statements: 95, branches: 95, functions: 95, lines: 95 };

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    env: {
      HITOFUDE_ADAPTER: process.env.HITOFUDE_ADAPTER || (bundled ? "swiftshader" : "auto"),
      // Nothing that was measured on a machine decides what is tested.
      HITOFUDE_KERNELS: process.env.HITOFUDE_KERNELS || "fast",
    },
    globalSetup: ["test/setup-shaders.ts"],
    setupFiles: ["test/setup.ts"],
    reporters: ["./test/reporter.ts"],
    // Dawn lives in a process of its own per file: a crash there names the file that caused it.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // npm run coverage
    coverage: {
      provider: "v8",
      include: ["src/{tensor,autograd,ops}/**/*.ts"],
      reporter: ["text", "html"],
      reportOnFailure: true,
      thresholds: {
        "src/tensor/**": ENOUGH,
        "src/autograd/**": ENOUGH,
        "src/ops/**": ENOUGH,
      },
    },
  },
});
