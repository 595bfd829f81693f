/**
 * This project: elementwise programs are fused; other programs of more than one op are captured and
 * replayed, as its own training runs them; single ops and rows in the eager style are called op by
 * op.
 */
import {
  AdamW,
  capture,
  type Device,
  fuse,
  type GpuDevice,
  ReferenceDevice,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
} from "../../src/node.js";
import { type AdamWNumbers, inputsOf, type Problem, values } from "../problem.js";
import type { Job } from "./engine.js";
import { hitofudeOps } from "./hitofude-ops.js";

/** Makes the inputs; what it returns is one call. Everything belongs to the open scope. */
function build(device: Device, problem: Problem): () => readonly Tensor[] {
  const inputs = problem.inputs.map((input) => tensor(device, values(input), input.shape));
  if (problem.special === "adamw") return adamWOver(inputs, problem);
  if (problem.train) return trainStep(inputs, problem, problem.train);
  const { wrt } = problem;
  if (problem.elementwise) {
    const program = (...xs: Tensor[]): Tensor =>
      inputsOf(problem.program(hitofudeOps, inputsOf(xs)))(0);
    const fused = fuse("program", program, inputs.length);
    return () => [fused(...inputs)];
  }
  if (!wrt) return () => problem.program(hitofudeOps, inputsOf(inputs));
  const dy = inputs.at(-1);
  const chosen = wrt.map(inputsOf(inputs));
  return () => {
    const f = (...xs: Tensor[]): Tensor => {
      const all = inputs.map((x, i) => xs[wrt.indexOf(i)] ?? x);
      return inputsOf(problem.program(hitofudeOps, inputsOf(all)))(0);
    };
    if (!dy) throw new Error("A gradient needs a cotangent.");
    return vjp(f, ...chosen).pullback(dy);
  };
}

const optionsOf = ({ lr, beta1, beta2, eps, weightDecay }: AdamWNumbers) => {
  const betas = [beta1, beta2] as const;
  return { lr, betas, eps, weightDecay };
};

/** Inputs g, p, m, v; the results of a call are p, m and v after one step from the given ones. */
function adamWOver([g, p, m, v]: readonly Tensor[], { train }: Problem): () => readonly Tensor[] {
  if (!g || !p || !m || !v || !train) throw new Error("AdamW takes g, p, m, v and its numbers.");
  const slot = { value: p };
  const adam = new AdamW(new Map([["p", slot]]), optionsOf(train));
  const grads = new Map([["p", g]]);
  p.device.scopes.current?.adopt(adam);
  const moments = adam.moments.get("p");
  if (!moments) throw new Error("AdamW made no moments.");
  // The given moments are those of zero steps: both zero.
  return () => {
    adam.step(grads);
    return [slot.value, moments.m, moments.v].map((x) => x.alias({}));
  };
}

function trainStep(
  inputs: readonly Tensor[],
  problem: Problem,
  numbers: AdamWNumbers,
): () => readonly Tensor[] {
  const slots = new Map<string, { value: Tensor }>();
  problem.inputs.forEach(({ weight }, i) => {
    if (weight) slots.set(String(i), { value: inputsOf(inputs)(i) });
  });
  const adam = new AdamW(slots, optionsOf(numbers));
  inputs[0]?.device.scopes.current?.adopt(adam);
  const names = [...slots.keys()];
  const loss = (...leaves: Tensor[]): Tensor => {
    const all = inputs.map((x, i) => leaves[names.indexOf(String(i))] ?? x);
    return inputsOf(problem.program(hitofudeOps, inputsOf(all)))(0);
  };
  const step = (): Tensor => {
    const now = [...slots.values()].map(({ value }) => value);
    const { value, grads } = valueAndGrad(loss)(...now);
    adam.collect(new Map(names.map((name, i) => [name, inputsOf(grads)(i)])));
    adam.apply();
    return value;
  };
  const device = inputsOf(inputs)(0).device;
  const captured = capture(device, step);
  return () => {
    adam.advance();
    return [captured.run({}).alias({})];
  };
}

/** A call that is worth capturing: several ops, without a step of its own. */
const isWhole = ({ style, train, special }: Problem): boolean =>
  style === "compiled" && !train && special === undefined;

export async function gpuJob(device: GpuDevice, problem: Problem): Promise<Job> {
  const scope = device.scope();
  const direct = build(device, problem);
  const captured = isWhole(problem) ? capture(device, () => direct()) : undefined;
  let last: readonly Float32Array[] | undefined;
  const call = async (times: number, keep: boolean): Promise<void> => {
    for (let i = 0; i < times; i++) {
      using _inner = device.scope();
      const results = captured ? captured.run({}) : direct();
      if (keep && i === times - 1) last = await readAll(results);
    }
    await device.synchronize();
  };
  return {
    run: (times) => call(times, false),
    async read() {
      await call(1, true);
      return last ?? [];
    },
    dispose() {
      scope.end();
      device.trim();
    },
  };
}

const readAll = (list: readonly Tensor[]): Promise<Float32Array[]> =>
  Promise.all(list.map(async (x) => Float32Array.from(await x.data())));

/** The results in float64, after so many calls as the problem's check asks for. */
export function reference(problem: Problem): Float64Array[] {
  const device = new ReferenceDevice();
  using _scope = device.scope();
  const call = build(device, problem);
  let results = call();
  for (let i = 1; i < (problem.checkAfter ?? 1); i++) results = call();
  return results.map((x) => Float64Array.from(x.reference.data));
}
