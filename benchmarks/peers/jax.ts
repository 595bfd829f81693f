/**
 * jax-js under Node. It reads `navigator.gpu` and `navigator.userAgent`. Its arrays are moved into
 * the operations that use them, so every use here goes through `.ref`. Whole programs are jitted.
 */
import { type AdamWNumbers, inputsOf, type Problem, values } from "../problem.js";
import { installNavigator } from "./adapter.js";
import type { Engine, EngineOptions, Job } from "./engine.js";
import { type JaxArray, type JaxModule, jaxOps } from "./jax-ops.js";

export async function openJax({ adapter }: EngineOptions): Promise<Engine> {
  const held = await installNavigator(adapter);
  addIteratorHelpers();
  const name: string = "@jax-js/jax";
  const jax = (await import(name)) as JaxModule;
  const devices = await jax.init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("jax-js found no WebGPU device.");
  jax.defaultDevice("webgpu");
  return {
    prepare: async (problem, attempt) => (attempt === 0 ? jobOf(jax, problem) : undefined),
    close: () => {
      jax.getWebGPUDevice().destroy();
      held.release();
    },
  };
}

type Mapping = (this: Iterable<unknown>, f: (x: unknown, i: number) => unknown) => unknown;

/** Its einsum, and with it attention, maps over iterators, which Node can from version 22 on. */
function addIteratorHelpers(): void {
  const list = Object.getPrototypeOf([][Symbol.iterator]()) as object;
  const iterator = Object.getPrototypeOf(list) as Record<string, Mapping>;
  iterator.map ??= function map(f) {
    return [...this].map(f)[Symbol.iterator]();
  };
  iterator.filter ??= function filter(f) {
    return [...this].filter(f)[Symbol.iterator]();
  };
}

/** One call: what it returns is not yet waited for. */
type Call = () => readonly JaxArray[];

function jobOf(jax: JaxModule, problem: Problem): Job {
  const inputs = problem.inputs.map((input) =>
    jax.numpy.array(values(input)).reshape([...input.shape]),
  );
  const call = callOf(jax, problem, inputs);
  let last: readonly JaxArray[] = [];
  const wait = (list: readonly JaxArray[]) => Promise.all(list.map((x) => x.blockUntilReady()));
  const forget = (): void => {
    for (const x of last) x.dispose();
    last = [];
  };
  return {
    async run(times) {
      const all: (readonly JaxArray[])[] = [];
      for (let i = 0; i < times; i++) all.push(call());
      await wait(all.flat());
      forget();
      last = all.pop() ?? [];
      for (const x of all.flat()) x.dispose();
    },
    async read() {
      forget();
      last = call();
      const out: Float32Array[] = [];
      for (const x of last) out.push(Float32Array.from(await x.ref.data()));
      return out;
    },
    dispose() {
      forget();
      for (const x of inputs) x.dispose();
    },
  };
}

function callOf(jax: JaxModule, problem: Problem, inputs: readonly JaxArray[]): Call {
  const ops = jaxOps(jax);
  if (problem.special === "adamw" && problem.train) return adamWCall(jax, inputs, problem.train);
  if (problem.train) return trainCall(jax, problem, inputs, problem.train);
  const { wrt } = problem;
  const forward = (...xs: JaxArray[]) => problem.program(ops, inputsOf(xs));
  const gradients = (...xs: JaxArray[]): readonly JaxArray[] => {
    const chosen = (wrt ?? []).map(inputsOf(xs));
    const f = (...own: JaxArray[]): JaxArray => {
      const all = xs.map((x, i) => own[(wrt ?? []).indexOf(i)] ?? x);
      return inputsOf(problem.program(ops, inputsOf(all)))(0);
    };
    const [value, pullback] = jax.vjp(
      f,
      chosen.map((x) => x.ref),
    );
    value.dispose();
    return pullback(inputsOf(xs)(xs.length - 1).ref);
  };
  const whole = wrt ? gradients : forward;
  if (problem.style === "eager") return () => whole(...inputs);
  let best: (...xs: JaxArray[]) => readonly JaxArray[] = jax.jit(whole);
  return () => {
    try {
      return best(...inputs.map((x) => x.ref));
    } catch (error) {
      // Its fusion recurses over the program: 1000 ops in a chain are more than the stack holds.
      if (!(error instanceof RangeError)) throw error;
      best = whole;
      return whole(...inputs);
    }
  };
}

/** m ← β₁ m + (1 − β₁) g and so on, as src/optim/adamw.ts has it; c = [lr / bias₁, 1 / bias₂]. */
function adamW(jax: JaxModule, numbers: AdamWNumbers) {
  const { lr, beta1, beta2, eps, weightDecay } = numbers;
  const np = jax.numpy;
  return (g: JaxArray, p: JaxArray, m: JaxArray, v: JaxArray, c1: JaxArray, c2: JaxArray) => {
    const m1 = np.add(m.ref.mul(beta1), g.ref.mul(1 - beta1));
    const v1 = np.add(v.ref.mul(beta2), np.multiply(g.ref, g.ref).mul(1 - beta2));
    const root = np.sqrt(np.multiply(v1.ref, c2.ref)).add(eps);
    const step = np.trueDivide(np.multiply(m1.ref, c1.ref), root);
    return [np.subtract(p.ref.mul(1 - lr * weightDecay), step), m1, v1] as const;
  };
}

const corrections = (jax: JaxModule, { lr, beta1, beta2 }: AdamWNumbers, t: number) =>
  [lr / (1 - beta1 ** t), 1 / (1 - beta2 ** t)].map((x) =>
    jax.numpy.array(Float32Array.of(x)).reshape([]),
  );

function adamWCall(jax: JaxModule, inputs: readonly JaxArray[], numbers: AdamWNumbers): Call {
  const step = jax.jit(adamW(jax, numbers));
  const g = inputsOf(inputs)(0);
  let state: readonly JaxArray[] = inputs.slice(1).map((x) => x.ref);
  let t = 0;
  return () => {
    t += 1;
    const next = step(g.ref, ...state, ...corrections(jax, numbers, t));
    state = next.map((x) => x.ref);
    return next;
  };
}

function trainCall(
  jax: JaxModule,
  problem: Problem,
  inputs: readonly JaxArray[],
  numbers: AdamWNumbers,
): Call {
  const ops = jaxOps(jax);
  const update = adamW(jax, numbers);
  const places = problem.inputs.flatMap(({ weight }, i) => (weight ? [i] : []));
  const fixed = inputs.filter((_, i) => !places.includes(i));
  const count = places.length;
  const lossOf = (...all: JaxArray[]): JaxArray => {
    const [own, others] = [all.slice(0, count), all.slice(count)];
    let next = 0;
    const xs = problem.inputs.map(({ weight }, i) =>
      weight ? inputsOf(own)(places.indexOf(i)) : inputsOf(others)(next++),
    );
    return inputsOf(problem.program(ops, inputsOf(xs)))(0);
  };
  const argnums = places.map((_, i) => i);
  const step = jax.jit((c1: JaxArray, c2: JaxArray, ...all: JaxArray[]) => {
    const ps = all.slice(0, count);
    const [ms, vs] = [all.slice(count, 2 * count), all.slice(2 * count, 3 * count)];
    const data = all.slice(3 * count);
    const [loss, grads] = jax.valueAndGrad(lossOf, { argnums })(
      ...ps.map((x) => x.ref),
      ...data.map((x) => x.ref),
    );
    const done = ps.map((p, i) =>
      update(inputsOf(grads)(i), p, inputsOf(ms)(i), inputsOf(vs)(i), c1, c2),
    );
    return [loss, ...done.map((x) => x[0]), ...done.map((x) => x[1]), ...done.map((x) => x[2])];
  });
  const zero = (x: JaxArray) => jax.numpy.zeros([...x.shape]);
  const ps = places.map(inputsOf(inputs));
  let state = [...ps.map((x) => x.ref), ...ps.map(zero), ...ps.map(zero)];
  let t = 0;
  return () => {
    t += 1;
    const [loss, ...next] = step(
      ...corrections(jax, numbers, t),
      ...state,
      ...fixed.map((x) => x.ref),
    );
    state = [...next];
    return loss ? [loss] : [];
  };
}
