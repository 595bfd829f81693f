/**
 * TensorFlow.js on its WebGPU backend, under Node. It wants `navigator.gpu` and `self`; small ops
 * would silently run on the processor unless WEBGPU_CPU_FORWARD is off. Pictures are NHWC here,
 * kernels HWIO: its fast layouts.
 */
import { createRequire } from "node:module";
import { inputsOf, type Layout, type Problem, permuted, type Shape, values } from "../problem.js";
import { installNavigator } from "./adapter.js";
import type { Engine, EngineOptions, Job } from "./engine.js";
import { type TfModule, type TfTensor, tfjsOps } from "./tfjs-ops.js";

interface TfBackend {
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  readonly device: { readonly queue: { onSubmittedWorkDone(): Promise<void> }; destroy(): void };
}

export async function openTfjs({ adapter }: EngineOptions): Promise<Engine> {
  const held = await installNavigator(adapter);
  Object.assign(globalThis, { self: globalThis });
  const load = createRequire(import.meta.url);
  const tf = load("@tensorflow/tfjs-core") as TfModule;
  load("@tensorflow/tfjs-backend-webgpu");
  load("@tensorflow/tfjs-core/dist/register_all_gradients.js");
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs could not start its WebGPU backend.");
  await tf.ready();
  const backend = tf.backend() as TfBackend;
  const wait = (): Promise<void> => {
    // The backend submits every 15 kernels; this is the rest.
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    return backend.device.queue.onSubmittedWorkDone();
  };
  return {
    prepare: async (problem, attempt) => (attempt === 0 ? jobOf(tf, problem, wait) : undefined),
    close: () => {
      backend.device.destroy();
      held.release();
    },
  };
}

/** Axes of NCHW in NHWC and of OIHW in HWIO, and back. */
const THERE = { picture: [0, 2, 3, 1], kernel: [2, 3, 1, 0] } as const;
const BACK = { picture: [0, 3, 1, 2], kernel: [3, 2, 0, 1] } as const;

function upload(tf: TfModule, data: Float32Array, shape: Shape, layout: Layout): TfTensor {
  if (layout === "plain") return tf.tensor(data, [...shape]);
  const order = THERE[layout];
  return tf.tensor(
    permuted(data, shape, order),
    order.map((axis) => shape[axis] ?? 1),
  );
}

function jobOf(tf: TfModule, problem: Problem, wait: () => Promise<void>): Job {
  const inputs = problem.inputs.map((input) =>
    upload(tf, values(input), input.shape, input.layout ?? "plain"),
  );
  const call = callOf(tf, problem, inputs);
  return {
    async run(times) {
      for (let i = 0; i < times; i++) for (const x of call.call()) x.dispose();
      await wait();
    },
    async read() {
      const out: Float32Array[] = [];
      for (const [i, x] of call.call().entries()) {
        const data = Float32Array.from(await x.data());
        const layout = problem.results?.[i] ?? "plain";
        out.push(layout === "plain" ? data : permuted(data, x.shape, BACK[layout]));
        x.dispose();
      }
      return out;
    },
    dispose() {
      call.dispose();
      for (const x of inputs) x.dispose();
    },
  };
}

interface Callable {
  call(): readonly TfTensor[];
  dispose(): void;
}

function callOf(tf: TfModule, problem: Problem, inputs: readonly TfTensor[]): Callable {
  const ops = tfjsOps(tf);
  if (problem.train) return training(tf, problem, inputs);
  const { wrt } = problem;
  const forward = () => problem.program(ops, inputsOf(inputs));
  const gradients = () => {
    const f = (...own: TfTensor[]): TfTensor => {
      const all = inputs.map((x, i) => own[(wrt ?? []).indexOf(i)] ?? x);
      return inputsOf(problem.program(ops, inputsOf(all)))(0);
    };
    return tf.grads(f)((wrt ?? []).map(inputsOf(inputs)), inputsOf(inputs)(inputs.length - 1));
  };
  const whole = wrt ? gradients : forward;
  return { call: () => tf.tidy(() => [...whole()]), dispose: () => {} };
}

/** tfjs remembers the name of a variable for as long as its page lives. */
let named = 0;

/** Adam as tfjs has it, and the decay of the weights, which it lacks, as one more op. */
function training(tf: TfModule, problem: Problem, inputs: readonly TfTensor[]): Callable {
  const ops = tfjsOps(tf);
  const numbers = problem.train;
  if (!numbers) throw new Error("The problem is no training.");
  const { lr, beta1, beta2, eps, weightDecay } = numbers;
  const adam = tf.train.adam(lr, beta1, beta2, eps);
  const variables = inputs.map((x, i) => {
    const own = problem.special === "adamw" ? i === 1 : problem.inputs[i]?.weight;
    return own ? tf.variable(x, true, `weight ${named++}`) : undefined;
  });
  const owned = variables.filter((x) => x !== undefined);
  const decay = (): void => {
    for (const p of owned) p.assign(tf.mul(p, 1 - lr * weightDecay));
  };
  const step = (): TfTensor[] => {
    if (problem.special === "adamw") {
      decay();
      adam.applyGradients({ [inputsOf(owned)(0).name]: inputsOf(inputs)(0) });
      const state = [adam.accumulatedFirstMoment, adam.accumulatedSecondMoment];
      const moments = state.map((list) => list[0]?.variable);
      return [...owned, ...moments].flatMap((x) => (x ? [x.clone()] : []));
    }
    const { value, grads } = tf.variableGrads(
      () => inputsOf(problem.program(ops, inputsOf(inputs.map((x, i) => variables[i] ?? x))))(0),
      owned,
    );
    decay();
    adam.applyGradients(grads);
    return [value];
  };
  return {
    call: () => tf.tidy(step),
    dispose: () => {
      adam.dispose();
      for (const x of owned) x.dispose();
    },
  };
}
