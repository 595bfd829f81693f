/**
 * Random programs of 5 to 12 instructions (program.ts), with broadcasting, views, reductions and
 * shared values:
 *
 *     value, gradient and Hessian-vector product by kernels = those by float64 references
 *     gradient = central differences                        on the reference
 *     Hessian-vector product = differences of the gradient  on the reference
 *     ⟨gradient, v⟩ = jvp along v                           on the reference
 *     checkpointed = not checkpointed                       on both
 *
 * A failing test prints the program, shrunk, and the seed that repeats it.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkpoint, grad, gradcheck, hvp, jvp, valueAndGrad } from "../../src/autograd/index.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { tensor } from "../../src/tensor/create.js";
import { NdArray } from "../../src/tensor/ndarray.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice } from "../device.js";
import { expectClose } from "../op-suite.js";
import { values } from "../random.js";
import { INPUT_BOUND, type Program, programs, type RunOptions, runProgram } from "./program.js";

const gpu = testDevice();

/** Program, a seed for its inputs. */
type Check = (program: Program, seed: number) => void | Promise<void>;

async function forPrograms(numRuns: number, check: Check): Promise<void> {
  const property = fc.asyncProperty(programs, fc.nat(), async (program, seed) => {
    try {
      await check(program, seed);
    } catch (error) {
      const listing: string[] = program.inputs.map((shape) => `input [${shape}]`);
      runProgram(program, inputsOf(program, seed, new ReferenceDevice()), { listing });
      const lines = listing.map((line, i) => `  ${i} = ${line}`).join("\n");
      throw new Error(`${error instanceof Error ? error.message : error}\nin\n${lines}`);
    }
  });
  await fc.assert(property, { numRuns });
}

function arraysOf({ inputs }: Program, seed: number): NdArray[] {
  return inputs.map((shape, i) => {
    const list = values(seed + 31 * i, sizeOf(shape), -INPUT_BOUND, INPUT_BOUND);
    return new NdArray(shape, Float64Array.from(list));
  });
}

function inputsOf(program: Program, seed: number, device: Device): Tensor[] {
  return arraysOf(program, seed).map((x) => tensor(device, x.data, x.shape));
}

const forget: RunOptions = { forget: (f, a, b) => checkpoint((s, t) => f(s!, t!), [a, b]) };

test("value, gradient and Hessian-vector product by kernels equal the references'", async () => {
  await forPrograms(20, async (program, seed) => {
    using _scope = gpu().scope();
    const run = (device: Device): Tensor[] => {
      const f = (...xs: Tensor[]): Tensor => runProgram(program, xs);
      const [xs, vs] = [inputsOf(program, seed, device), inputsOf(program, seed + 7, device)];
      const { value, grads } = valueAndGrad(f)(...xs);
      return [value, ...grads, ...hvp(f, xs, vs)];
    };
    const [got, want] = [run(gpu()), run(new ReferenceDevice())];
    const count = program.inputs.length;
    for (const [i, x] of got.entries()) {
      const what = i === 0 ? "value" : i <= count ? `gradient ${i - 1}` : `H v ${i - 1 - count}`;
      expectClose(await x.data(), want[i]!.reference.data, i <= count ? 1e-4 : 5e-4, what);
    }
  });
});

test("gradients equal central differences", async () => {
  await forPrograms(40, (program, seed) => {
    const report = gradcheck((...xs) => runProgram(program, xs), arraysOf(program, seed));
    expect(report.ok, report.message).toBe(true);
  });
});

test("Hessian-vector products equal differences of the gradient; jvp equals ⟨gradient, v⟩", async () => {
  await forPrograms(60, (program, seed) => {
    const device = new ReferenceDevice();
    using _scope = device.scope();
    const f = (...xs: Tensor[]): Tensor => runProgram(program, xs);
    const [x, v] = [arraysOf(program, seed), arraysOf(program, seed + 7)];
    const on = (list: readonly NdArray[]): Tensor[] =>
      list.map((a) => tensor(device, a.data, a.shape));
    const at = (h: number): Float64Array[] => {
      const moved = x.map((a, k) => a.map((value, i) => value + h * v[k]!.flat(i)));
      return grad(f)(...on(moved)).map((g) => g.reference.data);
    };
    const [ahead, behind, here] = [at(1e-5), at(-1e-5), at(0)];
    hvp(f, on(x), on(v)).forEach((product, k) => {
      const want = ahead[k]!.map((g, i) => (g - behind[k]![i]!) / 2e-5);
      expectClose(product.reference.data, want, 1e-5, `H v ${k}`);
    });
    const along = here.map((g, k) => g.reduce((total, gi, i) => total + gi * v[k]!.flat(i), 0));
    const { tangent } = jvp(f, on(x), on(v));
    const want = along.reduce((a, b) => a + b, 0);
    expectClose(tangent.reference.data, [want], 1e-10, "jvp");
  });
});

test("checkpointed programs give the same", async () => {
  await forPrograms(15, async (program, seed) => {
    for (const [device, tolerance] of [
      [gpu(), 1e-5],
      [new ReferenceDevice(), 1e-12],
    ] as const) {
      using _scope = device.scope();
      const xs = inputsOf(program, seed, device);
      const run = (options: RunOptions): Tensor[] => {
        const f = (...t: Tensor[]): Tensor => runProgram(program, t, options);
        const { value, grads } = valueAndGrad(f)(...xs);
        return [value, ...grads, ...(device instanceof ReferenceDevice ? hvp(f, xs, xs) : [])];
      };
      const [plain, frugal] = [run({}), run(forget)];
      for (const [i, x] of frugal.entries()) {
        const [got, want] = [await x.data(), await plain[i]!.data()];
        // The forward pass does the same work; sums of gradients may meet in another order.
        expectClose(got, want, i === 0 ? 0 : tolerance, `result ${i}`);
      }
    }
  });
});
