/**
 * One suite for every op, fast and naive kernels alike:
 *
 *     kernel = float64 reference                   at random shapes and at the listed edges
 *     vjp by kernels = vjp by references           for a random cotangent
 *     vjp = central differences of the reference   at small shapes
 *     wrong input = the listed messages
 *     no buffer is left alive                      (see test/device.ts)
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { vjp } from "../src/autograd/grad.js";
import { gradcheck } from "../src/autograd/gradcheck.js";
import { ReferenceDevice } from "../src/device/reference.js";
import type { Device } from "../src/device/types.js";
import { tensor } from "../src/tensor/create.js";
import { NdArray } from "../src/tensor/ndarray.js";
import { type Shape, sizeOf } from "../src/tensor/shape.js";
import type { Tensor } from "../src/tensor/tensor.js";
import { type Kernels, testDevice, withKernels } from "./device.js";
import { integers, values } from "./random.js";

/** An input: its shape, and a range of values or, for indices, an exclusive upper bound. */
export interface InputSpec {
  readonly shape: Shape;
  readonly low?: number;
  readonly high?: number;
  /** Rounds the values, so that many are equal. */
  readonly whole?: boolean;
  /** Makes a u32 tensor of integers in [0, below). */
  readonly below?: number;
}

/** One call of the op: its inputs and its attributes. */
export interface OpCase<A> {
  readonly inputs: readonly InputSpec[];
  readonly attrs: A;
}

export interface OpSuite<A> {
  /** The public function, on tensors of any device. */
  readonly apply: (inputs: Tensor[], attrs: A) => Tensor;
  /** Random cases. Keep tensors small: the reference is plain loops. */
  readonly arbitrary: fc.Arbitrary<OpCase<A>>;
  /** Edges: size 0 and 1, workgroup ± 1, more than 65 535 groups. */
  readonly edges?: readonly OpCase<A>[];
  /** Small cases for differences; default: a sample of `arbitrary` of at most 64 values an input. */
  readonly gradients?: readonly OpCase<A>[] | false;
  /** |kernel − reference| ≤ tolerance · (1 + |reference|). Default 1e-5. */
  readonly tolerance?: number;
  /** The same for vjps by kernels. Default 10 × tolerance. */
  readonly gradientTolerance?: number;
  /** Runs of the random tests. Default 25. */
  readonly runs?: number;
  /** All kernels of an op that has a slow ancestor. Default: fast alone. */
  readonly kernels?: readonly Kernels[];
  /** Calls that must throw, with a test of the message (use toThrowErrorMatchingInlineSnapshot). */
  readonly errors?: Readonly<Record<string, (device: Device) => void>>;
  /** The op's own laws, each a test that gets an open device. */
  readonly laws?: Readonly<Record<string, (device: Device) => void | Promise<void>>>;
}

export function opSuite<A>(name: string, suite: OpSuite<A>): void {
  for (const kernels of suite.kernels ?? (["fast"] as const)) {
    describe(`${name} (${kernels} kernels)`, () => {
      const device = testDevice(withKernels(kernels));
      const { tolerance = 1e-5, gradientTolerance = 10 * tolerance, runs = 25 } = suite;
      const compareAll = async (c: OpCase<A>, seed: number): Promise<void> => {
        await compareForward(suite, device(), c, seed, tolerance);
        if (suite.gradients !== false)
          await compareVjp(suite, device(), c, seed, gradientTolerance);
      };
      test("kernel and vjp equal the float64 reference at random shapes", async () => {
        const property = fc.asyncProperty(suite.arbitrary, fc.nat(), compareAll);
        await fc.assert(property, { numRuns: runs });
      });
      test.each((suite.edges ?? []).map((c) => [describeCase(c), c] as const))(
        "edge %s",
        async (_, c) => compareAll(c, 7),
      );
      if (kernels === "fast") differences(suite);
      for (const [law, check] of Object.entries(suite.laws ?? {})) {
        test(law, async () => {
          using _scope = device().scope();
          await check(device());
        });
      }
      for (const [what, call] of Object.entries(suite.errors ?? {})) {
        test(`error: ${what}`, () => {
          using _scope = device().scope();
          call(device());
        });
      }
    });
  }
}

function differences<A>(suite: OpSuite<A>): void {
  if (suite.gradients === false) return;
  const small = suite.gradients ?? sampleSmall(suite.arbitrary);
  test.each(small.map((c) => [describeCase(c), c] as const))(
    "vjp equals central differences of the reference at %s",
    (_, c) => {
      const frozen = c.inputs.flatMap((input, i) => (input.below === undefined ? [] : [i]));
      const arrays = c.inputs.map(
        (input, i) => new NdArray(input.shape, Float64Array.from(draw(input, 11 + i))),
      );
      const report = gradcheck((...inputs) => suite.apply(inputs, c.attrs), arrays, { frozen });
      expect(report.ok, report.message).toBe(true);
    },
  );
}

function sampleSmall<A>(arbitrary: fc.Arbitrary<OpCase<A>>): OpCase<A>[] {
  return fc
    .sample(arbitrary, { numRuns: 400, seed: 5 })
    .filter((c) => c.inputs.every(({ shape }) => sizeOf(shape) > 0 && sizeOf(shape) <= 64))
    .slice(0, 4);
}

async function compareForward<A>(
  suite: OpSuite<A>,
  device: Device,
  c: OpCase<A>,
  seed: number,
  tolerance: number,
): Promise<void> {
  using _scope = device.scope();
  const reference = new ReferenceDevice();
  const got = suite.apply(make(device, c, seed), c.attrs);
  const want = suite.apply(make(reference, c, seed), c.attrs);
  expect(got.shape, "shape").toEqual(want.shape);
  expect(got.dtype, "dtype").toBe(want.dtype);
  expectClose(await got.data(), want.reference.data, tolerance, "kernel");
}

async function compareVjp<A>(
  suite: OpSuite<A>,
  device: Device,
  c: OpCase<A>,
  seed: number,
  tolerance: number,
): Promise<void> {
  using _scope = device.scope();
  const on = (where: Device): Tensor[] => {
    const { value, pullback } = vjp((...xs) => suite.apply(xs, c.attrs), ...make(where, c, seed));
    return pullback(tensor(where, values(seed + 99, value.size), value.shape));
  };
  const got = on(device);
  const want = on(new ReferenceDevice());
  for (const [i, input] of c.inputs.entries()) {
    if (input.below !== undefined) continue;
    expect(got[i]?.shape, `shape of the gradient of input ${i}`).toEqual(input.shape);
    const reference = want[i]?.reference.data ?? new Float64Array();
    expectClose(await got[i]?.data(), reference, tolerance, `gradient of input ${i}`);
  }
}

function make<A>(device: Device, c: OpCase<A>, seed: number): Tensor[] {
  return c.inputs.map((input, i) => tensor(device, draw(input, seed + 31 * i), input.shape));
}

function draw(spec: InputSpec, seed: number): Float32Array | Uint32Array {
  const { shape, low, high, whole, below } = spec;
  if (below !== undefined) return integers(seed, sizeOf(shape), below);
  const drawn = values(seed, sizeOf(shape), low, high);
  return whole ? drawn.map(Math.round) : drawn;
}

/** Fails with the worst entry. NaN must meet NaN. */
export function expectClose(
  got: ArrayLike<number> | undefined,
  want: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(got?.length, `${what}: number of values`).toBe(want.length);
  let worst = { i: -1, error: 0 };
  for (let i = 0; i < want.length; i++) {
    const g = got?.[i] ?? Number.NaN;
    const w = want[i] ?? Number.NaN;
    if (Object.is(g, w) || g === w) continue;
    const error = Math.abs(g - w) / (1 + Math.abs(w));
    if (!(error <= worst.error)) worst = { i, error };
  }
  const at = `${what}: entry ${worst.i} is ${got?.[worst.i]}, expected ${want[worst.i]}`;
  expect(worst.error, at).toBeLessThanOrEqual(tolerance);
}

function describeCase<A>({ inputs, attrs }: OpCase<A>): string {
  return `${inputs.map(({ shape }) => `[${shape}]`).join(" ")} ${JSON.stringify(attrs)}`;
}

/** Shapes of the given rank with small random sizes. */
export function shapes(rank: number, max = 9): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max }), { minLength: rank, maxLength: rank });
}
