/**
 * Writes docs/ops.md: for every function of src/ops/index.ts its kernels, whether it takes f16,
 * whether it has a derivative and a second one, and its laws.
 *
 * Nothing is claimed that was not tried: the suites of test/ops are collected, their cases are run
 * on a device that only notes the kernels it is asked for, and a derivative counts when it can be
 * formed. `--check` writes nothing and exits 1 when the page is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { vjp } from "../../src/autograd/grad.js";
import { DEFAULT_RATES } from "../../src/device/rates.js";
import { DtypeError, GradientError } from "../../src/errors.js";
import * as ops from "../../src/ops/index.js";
import type { Dtype } from "../../src/tensor/dtype.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { DryDevice } from "./dry-device.js";
import type { Collected } from "./op-suite.js";

const ROOT = new URL("../../", import.meta.url);
const TARGET = fileURLToPath(new URL("docs/ops.md", ROOT));
const SAMPLES = 12;

// Ops that refuse an element type throw by the thousand; nobody reads where.
Error.stackTraceLimit = 0;

/** What was seen of a function in its suites. */
interface Facts {
  readonly kernels: Set<string>;
  readonly gradientKernels: Set<string>;
  readonly laws: Set<string>;
  /** "–" where nothing that it takes is a float. */
  f16: (typeof F16)[number];
  /** How often it can be differentiated: 0 where its result has no derivative, 1, or 2 and more. */
  order: 0 | 1 | 2;
}

const F16 = ["–", "no", "forward", "yes"] as const;

type Suite = Collected["suite"];
type Case = NonNullable<Suite["edges"]>[number];

const devices = [
  new DryDevice({ kernels: "fast", subgroupSize: 8 }),
  new DryDevice({ kernels: "fast" }),
  new DryDevice({ kernels: "workgroup" }),
  new DryDevice({ kernels: "naive" }),
  // Small cases show a way that pays for large ones alone.
  new DryDevice({ kernels: "fast", rates: { ...DEFAULT_RATES, directGflops: 1e-12 } }),
] as const;

async function main(): Promise<void> {
  const facts = new Map<string, Facts>();
  for (const { name, suite } of await collect()) {
    const op = /^\w+/.exec(name)?.[0] ?? name;
    if (!Object.hasOwn(ops, op)) throw new Error(`opSuite "${name}" does not begin with an op`);
    facts.set(op, observe(suite, facts.get(op)));
  }
  const functions = Object.keys(ops).filter((name) => !name.startsWith("define"));
  const without = functions.filter((name) => !facts.has(name));
  if (without.length > 0) {
    throw new Error(`no opSuite calls ${without.join(", ")}. Give each a suite in test/ops.`);
  }
  const text = page(functions, facts);
  if (process.argv.includes("--check")) {
    if (readFileSync(TARGET, "utf8") === text) return;
    console.error("docs/ops.md is stale. Run `npm run ops`.");
    process.exit(1);
  }
  writeFileSync(TARGET, text);
}

/** Imports the tests of the ops, with the collectors in place of vitest and of op-suite.js. */
async function collect(): Promise<readonly Collected[]> {
  register("./redirect.mjs", import.meta.url);
  const folder = new URL("test/ops/", ROOT);
  const files = readdirSync(folder).filter((file) => file.endsWith(".test.ts"));
  for (const file of files.sort()) await import(new URL(file, folder).href);
  return (await import("./op-suite.js")).collected;
}

function observe(suite: Suite, before: Facts | undefined): Facts {
  const facts: Facts = before ?? {
    kernels: new Set(),
    gradientKernels: new Set(),
    laws: new Set(),
    f16: "–",
    order: 0,
  };
  for (const law of Object.keys(suite.laws ?? {})) facts.laws.add(law);
  const samples = fc.sample(suite.arbitrary, { numRuns: SAMPLES, seed: 5 });
  for (const c of [...samples, ...(suite.edges ?? [])]) {
    for (const device of devices) {
      runs(device, () => void suite.apply(inputs(device, c, "f32"), c.attrs), facts.kernels);
      const order = orderOf(suite, c, device, facts.gradientKernels, facts.order);
      if (order > facts.order) facts.order = order;
    }
    const f16 = halves(suite, c, devices[0], facts.kernels);
    if (F16.indexOf(f16) > F16.indexOf(facts.f16)) facts.f16 = f16;
  }
  return facts;
}

/**
 * How often one case can be differentiated; gathers the kernels of the first derivative. What is
 * `known` of the op is not tried again.
 */
function orderOf(
  suite: Suite,
  c: Case,
  device: DryDevice,
  kernels: Set<string>,
  known: 0 | 1 | 2,
): 0 | 1 | 2 {
  const at = inputs(device, c, "f32");
  const floats = at.filter((x) => x.dtype === "f32");
  const apply = (...xs: Tensor[]): Tensor => {
    const rest = [...xs];
    return suite.apply(
      at.map((x) => (x.dtype === "f32" ? (rest.shift() ?? x) : x)),
      c.attrs,
    );
  };
  let tracked = false;
  const slopes = (...xs: Tensor[]): Tensor[] => {
    const { value, pullback } = vjp(
      (...leaves) => {
        const out = apply(...leaves);
        tracked = out.tape !== undefined;
        return out;
      },
      ...xs,
    );
    device.launched.clear();
    return tracked ? pullback(like(value)) : [];
  };
  if (!runs(device, () => void slopes(...floats), kernels) || !tracked) return 0;
  if (known === 2) return 2;
  const twice = floats.every((_, i) =>
    runs(device, () => {
      const { value, pullback } = vjp((...xs) => slopes(...xs)[i] ?? like(floats[i]), ...floats);
      pullback(like(value));
    }),
  );
  return twice ? 2 : 1;
}

/** Whether one case can be run, and differentiated, with halves in place of floats. */
function halves(suite: Suite, c: Case, device: DryDevice, kernels: Set<string>): Facts["f16"] {
  const at = inputs(device, c, "f16");
  if (!at.some((x) => x.dtype === "f16")) return "–";
  let tracked = false;
  const apply = (...xs: Tensor[]): Tensor => {
    const out = suite.apply(xs, c.attrs);
    tracked = out.tape !== undefined;
    return out;
  };
  if (!runs(device, () => void apply(...at), kernels)) return "no";
  const derived = runs(device, () => {
    const { value, pullback } = vjp(apply, ...at);
    pullback(like(value));
  });
  return derived && tracked ? "yes" : "forward";
}

/** Runs and notes the kernels; false where the op has no derivative or refuses the element type. */
function runs(device: DryDevice, run: () => void, kernels?: Set<string>): boolean {
  using _scope = device.scope();
  device.launched.clear();
  try {
    run();
  } catch (error) {
    if (error instanceof GradientError || error instanceof DtypeError) return false;
    throw error;
  }
  for (const name of device.launched) kernels?.add(name);
  return true;
}

function inputs(device: DryDevice, c: Case, float: Dtype): Tensor[] {
  return c.inputs.map(({ shape, below }) => {
    const dtype = below === undefined ? float : "u32";
    return Tensor.allocate(device, { shape, dtype }, "input");
  });
}

function like(x: Tensor | undefined): Tensor {
  if (!x) throw new Error("a derivative is missing");
  return Tensor.allocate(x.device, x, "cotangent");
}

function page(functions: readonly string[], facts: ReadonlyMap<string, Facts>): string {
  const sources = sourcesOf(readFileSync(new URL("src/ops/index.ts", ROOT), "utf8"));
  const named = (name: string): string => `[${name}](../src/ops/${sources.get(name)})`;
  const rows = functions.flatMap((name) => {
    const seen = facts.get(name);
    return seen ? [row(named(name), seen)] : [];
  });
  const laws = functions.flatMap((name) => {
    const list = [...(facts.get(name)?.laws ?? [])];
    return list.length === 0 ? [] : [`- **${name}**: ${list.map(quoted).join("; ")}`];
  });
  return `${INTRODUCTION}
${rows.join("\n")}

## Laws

What is tested beside kernel = reference and derivative = differences:

${laws.join("\n")}
`;
}

const INTRODUCTION = `# Ops

Generated by \`npm run ops\` from the suites in \`test/ops\`; do not edit. Kernels are files in
\`src/shaders\`, of all variants (\`naive\`, \`tiled\`, \`subgroup\`). f16: _forward_ where only the result
is computed in halves, _yes_ where the derivative is too, – where no input is a float. Second: whether
the derivative can be differentiated with respect to every input. Where there are no kernels the
result is a view.

| op | kernels | kernels of the derivative | f16 | derivative | second | laws |
| --- | --- | --- | --- | --- | --- | --- |`;

function row(name: string, { kernels, gradientKernels, f16, order, laws }: Facts): string {
  const yes = (truth: boolean): string => (truth ? "yes" : "no");
  const backward = order > 0 ? listed(gradientKernels) : "–";
  const cells = [listed(kernels), backward, f16, yes(order > 0), yes(order > 1)];
  return `| ${[name, ...cells, String(laws.size)].join(" | ")} |`;
}

function listed(kernels: ReadonlySet<string>): string {
  return (
    [...kernels]
      .sort()
      .map((name) => `\`${name}\``)
      .join(" ") || "none"
  );
}

function quoted(law: string): string {
  return law.replaceAll("|", "\\|").replaceAll("*", "\\*");
}

/** name → file, from the export lines of the barrel. */
function sourcesOf(barrel: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, names = "", file = ""] of barrel.matchAll(
    /export \{([^}]*)\} from "\.\/([^"]*)"/g,
  )) {
    for (const name of names.split(",")) found.set(name.trim(), file.replace(/\.js$/, ".ts"));
  }
  return found;
}

await main();
