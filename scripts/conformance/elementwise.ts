/** Elementwise functions, each at random values and at the values where it bends. */
import * as ops from "../../src/ops/index.js";
import { type Entry, type Form, HALVES, on, onOperands } from "./cases.js";
import type { Draw, Range } from "./draw.js";

type Plain = Readonly<Record<never, never>>;
type Forms = Readonly<Record<string, Form<Plain>>>;

/** A shape of rank 1 to 3. */
const same = (draw: Draw) => [...draw.shape(draw.size(0, 2), 5), draw.size(3, 7)];

const at = (draw: Draw, range: Range = {}) => ({
  inputs: [draw.f32(same(draw), range)],
  options: {},
});
const within =
  (low: number, high: number): Form<Plain> =>
  (draw) =>
    at(draw, { low, high });
const among =
  (...list: [number, ...number[]]): Form<Plain> =>
  (draw) => ({ inputs: [draw.of([draw.size(4, 30)], list)], options: {} });

function unary(f: ops.UnaryFunction, forms: Forms = { any: within(-4, 4) }): Entry {
  return on(([x]) => f(x!), forms);
}

const positive: Forms = { positive: within(0.05, 6) };
const whole: Forms = { any: within(-4, 4), "at halves": among(-2.5, -1.5, -1, -0.5, 0, 0.5, 1.5) };
const wave: Forms = { any: within(-4, 4), "many turns": within(-60, 60) };
const bend: Forms = { any: within(-4, 4), far: within(-30, 30) };

/** Forms of two operands, the second drawn by `second`, the first by `first`. */
function pairs(first: Maker = f32, second: Maker = f32, number = 1.75): Forms {
  return {
    "one shape": (draw) => {
      const shape = same(draw);
      return { inputs: [first(draw, shape), second(draw, shape)], options: {} };
    },
    broadcast: (draw) => {
      const [n, m, k] = [draw.size(2, 5), draw.size(2, 5), draw.size(2, 5)];
      return { inputs: [first(draw, [n, 1, k]), second(draw, [m, 1])], options: {} };
    },
    "tensor and number": (draw) => ({ inputs: [first(draw, same(draw)), number], options: {} }),
    "number and tensor": (draw) => ({ inputs: [number, second(draw, same(draw))], options: {} }),
  };
}

type Maker = (draw: Draw, shape: readonly number[]) => ReturnType<Draw["f32"]>;
const f32: Maker = (draw, shape) => draw.f32(shape);
const above0: Maker = (draw, shape) => draw.f32(shape, { low: 0.2, high: 3 });
const awayFrom0: Maker = (draw, shape) => draw.signed(shape);
const steps: Maker = (draw, shape) => draw.steps(shape, -2, 2);
const integers: Maker = (draw, shape) => draw.i32(shape, -3, 3);
const bools: Maker = (draw, shape) => draw.bool(shape);

const ties: Forms = {
  equals: (draw) => {
    const shape = [draw.size(4, 6), draw.size(3, 6)];
    return { inputs: [steps(draw, shape), steps(draw, shape)], options: {} };
  },
};

function binary(f: ops.BinaryFunction, forms: Forms): Entry {
  return onOperands(([a, b]) => f(a!, b!), forms);
}

const wholeNumbers: Forms = {
  integers: (draw) => {
    const shape = same(draw);
    return { inputs: [integers(draw, shape), integers(draw, shape)], options: {} };
  },
};
const compared: Forms = { ...pairs(steps, steps, 1), ...wholeNumbers };

const power: Forms = {
  ...pairs(above0, f32),
  "whole exponent, any base": (draw) => ({
    inputs: [draw.signed(same(draw)), draw.pick([-2, -1, 2, 3])],
    options: {},
  }),
  // The second derivative is 0 · ∞ there: NaN in float64, of torch too, and 0 on some adapters.
  "base 0": (draw) => {
    const shape = same(draw);
    return { inputs: [draw.steps(shape, 0, 2), draw.steps(shape, 1, 3)], options: {}, once: true };
  },
};

function logical(f: ops.LogicalFunction): Entry {
  return on(([a, b]) => f(a!, b!), pick(pairs(bools, bools), ["one shape", "broadcast"]));
}

function pick(forms: Forms, names: readonly string[]): Forms {
  return Object.fromEntries(Object.entries(forms).filter(([name]) => names.includes(name)));
}

const odd = among(-1.5, 0, 2, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

export const ELEMENTWISE: Readonly<Record<string, Entry>> = {
  abs: unary(ops.abs, { any: within(-4, 4), "at 0": among(-1, 0, 1) }),
  add: binary(ops.add, { ...pairs(), ...wholeNumbers }),
  cast: on<{ to: "f32" | "f16" | "i32" | "u32" | "bool" }>(
    ([x], { to }) => (to === "f16" ? ops.cast(ops.cast(x!, "f16"), "f32") : ops.cast(x!, to)),
    {
      "f32 to i32": (draw) => ({ ...at(draw, { low: -9, high: 9 }), options: { to: "i32" } }),
      "f32 to u32": (draw) => ({ ...at(draw, { low: 0, high: 9 }), options: { to: "u32" } }),
      "f32 to bool": (draw) => ({ inputs: [draw.steps([9], -1, 1)], options: { to: "bool" } }),
      "i32 to f32": (draw) => ({ inputs: [draw.i32(same(draw))], options: { to: "f32" } }),
      "i32 to bool": (draw) => ({ inputs: [draw.i32([9], -1, 1)], options: { to: "bool" } }),
      "u32 to i32": (draw) => ({ inputs: [draw.u32(same(draw), 99)], options: { to: "i32" } }),
      "bool to f32": (draw) => ({ inputs: [draw.bool(same(draw))], options: { to: "f32" } }),
      [HALVES]: (draw) => ({ ...at(draw), options: { to: "f16" } }),
    },
  ),
  ceil: unary(ops.ceil, whole),
  clamp: on<ops.ClampOptions>(([x], options) => ops.clamp(x!, options), {
    "two bounds": (draw) => ({ ...at(draw), options: { min: -0.75, max: 0.8 } }),
    "one bound": (draw) => ({
      ...at(draw),
      options: draw.pick<ops.ClampOptions>([{ min: -0.1 }, { max: 0.3 }]),
    }),
  }),
  cos: unary(ops.cos, wave),
  div: binary(ops.div, pairs(f32, awayFrom0)),
  equal: binary(ops.equal, compared),
  erf: unary(ops.erf, { ...bend, small: within(-0.01, 0.01) }),
  exp: unary(ops.exp),
  expm1: unary(ops.expm1, { any: within(-4, 4), small: within(-0.01, 0.01) }),
  floor: unary(ops.floor, whole),
  gelu: unary(ops.gelu, bend),
  geluTanh: unary(ops.geluTanh, bend),
  greater: binary(ops.greater, compared),
  greaterEqual: binary(ops.greaterEqual, compared),
  isFinite: unary(ops.isFinite, { odd }),
  isGreater: binary(ops.isGreater, { ...pairs(), ...ties }),
  isNaN: unary(ops.isNaN, { odd }),
  leakyRelu: on<{ slope?: number }>(([x], { slope }) => ops.leakyRelu(x!, slope), {
    "default slope": (draw) => at(draw),
    "a slope": (draw) => ({ ...at(draw), options: { slope: draw.pick([0.2, 0, -0.5]) } }),
  }),
  less: binary(ops.less, compared),
  lessEqual: binary(ops.lessEqual, compared),
  log: unary(ops.log, positive),
  log1p: unary(ops.log1p, { any: within(-0.9, 4), small: within(-0.01, 0.01) }),
  logicalAnd: logical(ops.logicalAnd),
  logicalNot: unary(ops.logicalNot, {
    any: (draw) => ({ inputs: [draw.bool(same(draw))], options: {} }),
  }),
  logicalOr: logical(ops.logicalOr),
  logicalXor: logical(ops.logicalXor),
  maximum: binary(ops.maximum, { ...pairs(f32, f32, 0.25), ...ties }),
  minimum: binary(ops.minimum, { ...pairs(f32, f32, 0.25), ...ties }),
  mul: binary(ops.mul, { ...pairs(), ...wholeNumbers }),
  neg: unary(ops.neg),
  notEqual: binary(ops.notEqual, compared),
  pow: binary(ops.pow, power),
  reciprocal: unary(ops.reciprocal, {
    any: (draw) => ({ inputs: [draw.signed(same(draw), { low: 0.2 })], options: {} }),
  }),
  relu: unary(ops.relu),
  round: unary(ops.round, whole),
  rsqrt: unary(ops.rsqrt, positive),
  sigmoid: unary(ops.sigmoid, bend),
  sign: unary(ops.sign, { any: within(-4, 4), "at 0": among(-1, 0, 1) }),
  silu: unary(ops.silu, bend),
  sin: unary(ops.sin, wave),
  softplus: unary(ops.softplus, { any: within(-4, 4), far: within(-30, 30) }),
  sqrt: unary(ops.sqrt, positive),
  square: unary(ops.square),
  sub: binary(ops.sub, { ...pairs(), ...wholeNumbers }),
  tanh: unary(ops.tanh, bend),
  where: onOperands(([cond, a, b]) => ops.where(tensorOf(cond), a!, b!), {
    "one shape": (draw) => {
      const shape = same(draw);
      return { inputs: [draw.bool(shape), draw.f32(shape), draw.f32(shape)], options: {} };
    },
    broadcast: (draw) => {
      const [n, m] = [draw.size(2, 5), draw.size(2, 5)];
      return { inputs: [draw.bool([n, 1]), draw.f32([m]), draw.f32([n, m])], options: {} };
    },
    numbers: (draw) => {
      const shape = same(draw);
      const sides = draw.pick([
        [draw.f32(shape), -1.5],
        [2.5, draw.f32(shape)],
      ]);
      return { inputs: [draw.bool(shape), ...sides], options: {} };
    },
  }),
  xlogy: binary(ops.xlogy, {
    ...pairs(f32, above0),
    "0 times": (draw) => {
      const shape = same(draw);
      return { inputs: [draw.steps(shape, 0, 1), above0(draw, shape)], options: {} };
    },
  }),
};

function tensorOf(x: ops.Operand | undefined) {
  if (x === undefined || typeof x === "number") throw new Error("where: its condition is a tensor");
  return x;
}
