/**
 * The WGSL of a fused function: the expressions of its ops' rows, one function each, and `fused`,
 * which calls them in order. All else of the kernel stands in fuse.vec4.wgsl and fuse.scalar.wgsl.
 */
import type { Argument, Expression } from "../../autograd/symbolic.js";
import { elements } from "../../shaders/elements.js";
import { keepNan, ordered } from "./elementwise-kernels.js";

/** A function as it was written down: some results of some inputs. */
export interface FusedText {
  /** In front of the shader. */
  readonly prelude: string;
  /** Which inputs the results depend on: those that are bound, in this order. */
  readonly used: readonly number[];
}

export function fusedText(results: readonly Expression[]): FusedText {
  const lines = linesOf(results);
  const used = lines.flatMap(({ input }) => (input === undefined ? [] : [input]));
  used.sort((a, b) => a - b);
  const prelude = [
    `${elements("f32")}const INPUTS = ${used.length}u;`,
    ...bindings(used, results.length),
    keepNan("f32"),
    ordered("f32"),
    ...new Set(lines.filter(({ input }) => input === undefined).map(functionOf)),
    "fn fused(at: Place) {",
    ...lines.map((line) => `  let ${nameOf(line)} = ${wgslOf(line, used)};`),
    ...results.map((line, i) => `  out_${i}[at.index] = stored(${nameOf(line)});`),
    "}",
    "",
  ].join("\n");
  return { prelude, used };
}

/** What the results are made of, and they themselves, in the order in which it was written down. */
function linesOf(results: readonly Expression[]): readonly Expression[] {
  const found = new Set<Expression>();
  const open = [...results];
  for (let line = open.pop(); line; line = open.pop()) {
    if (found.has(line)) continue;
    found.add(line);
    for (const { value } of line.args) if (typeof value !== "number") open.push(value);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

function bindings(used: readonly number[], outputs: number): readonly string[] {
  const outs = Array.from({ length: outputs }, (_, i) => `out_${i}`);
  const names = [...used.map((i) => `in_${i}`), ...outs];
  return [
    ...names.map((name, i) => {
      const access = i < used.length ? "read" : "read_write";
      return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<Lane>;`;
    }),
    `@group(0) @binding(${names.length}) var<uniform> params: Params;`,
    ...used.map((i) => `override RUNS_${i}: bool = true;`),
  ];
}

const typeOf = ({ bool }: { readonly bool: boolean }): string => (bool ? "vec4u" : "vec4f");

/** One op may have several: of numbers, and of truth values. */
function functionName({ op, args }: Expression): string {
  return `op_${op}${args.map(({ name, bool }) => (bool && name !== "cond" ? `_${name}` : "")).join("")}`;
}

function functionOf(line: Expression): string {
  const parameters = line.args.map((arg) => `${arg.name}: ${typeOf(arg)}`).join(", ");
  const body = line.truth ? `vec4u(${line.wgsl})` : line.wgsl;
  return `fn ${functionName(line)}(${parameters}) -> ${typeOf(line)} { return ${body}; }`;
}

function nameOf({ input, id }: Expression): string {
  return input === undefined ? `t_${id}` : `x_${input}`;
}

function wgslOf(line: Expression, used: readonly number[]): string {
  const { input, args } = line;
  if (input === undefined) return `${functionName(line)}(${args.map(argument).join(", ")})`;
  const rest = `${used.indexOf(input)}u, RUNS_${input}`;
  return `load(in_${input}[lane_of(at, ${rest})], at, ${rest})`;
}

function argument({ value, bool }: Argument): string {
  if (typeof value !== "number") return nameOf(value);
  return bool ? `vec4u(${value}u)` : literal(value);
}

/** A number as a vec4f. What is no finite f32 has no literal. */
function literal(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return "not_finite(0x7fc00000u)";
  if (!Number.isFinite(single)) return `not_finite(${single > 0 ? "0x7f800000u" : "0xff800000u"})`;
  return `vec4f(${Object.is(value, -0) ? "-0.0" : value})`;
}
