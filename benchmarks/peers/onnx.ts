/**
 * What onnxruntime's two packages share: a problem becomes an ONNX file, weights are constants in
 * it (prepared once), inputs lie on the adapter before the first call and results stay there. No
 * session waits for the adapter: a session that brings one number back, which runs behind all the
 * others in the queue, does.
 */
import { GraphBuilder, NotExpressible, onnxOps } from "../onnx/graph.js";
import { type Input, inputsOf, type Problem, type Shape, values } from "../problem.js";
import type { Engine, Job } from "./engine.js";

export interface OrtTensor {
  readonly dims: readonly number[];
  getData(): Promise<ArrayLike<number>>;
  dispose(): void;
}

type Named = Record<string, OrtTensor>;

interface OrtSession {
  readonly outputNames: readonly string[];
  run(feeds: Named): Promise<Named>;
  release(): Promise<void>;
}

export interface OrtModule {
  readonly env: {
    logLevel: string;
    readonly wasm: { numThreads: number; wasmPaths: string };
    readonly webgpu: { powerPreference: string };
  };
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<OrtSession>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => OrtTensor;
}

interface Place {
  readonly ort: OrtModule;
  readonly provider: "webgpu" | "cpu";
}

const options = (provider: string, stays: boolean) => ({
  executionProviders: [provider],
  logSeverityLevel: 3,
  ...(stays && { preferredOutputLocation: "gpu-buffer" }),
});

export async function openOnnx(place: Place): Promise<Engine> {
  const gpu = place.provider === "webgpu";
  const fence = gpu ? await openFence(place) : undefined;
  return {
    prepare: async (problem, attempt) => {
      if (attempt > 1) return undefined;
      if (problem.wrt || problem.train || problem.special) return undefined;
      if (problem.style === "eager") return undefined;
      try {
        return await jobOf(place, problem, fence, attempt === 0);
      } catch (error) {
        if (error instanceof NotExpressible) return undefined;
        throw error;
      }
    },
    close: () => fence?.close(),
  };
}

interface Fence {
  wait(): Promise<void>;
  close(): Promise<void>;
}

async function openFence({ ort, provider }: Place): Promise<Fence> {
  const g = new GraphBuilder();
  const model = g.encode([onnxOps(g).add(g.input([1]), 1)]);
  const session = await ort.InferenceSession.create(model, options(provider, false));
  const x0 = new ort.Tensor("float32", Float32Array.of(1), [1]);
  return {
    wait: async () => {
      const out = await session.run({ x0 });
      for (const x of Object.values(out)) x.dispose();
    },
    close: () => session.release(),
  };
}

/** @param fused attention by its own operator; else by products and a softmax */
async function jobOf(
  place: Place,
  problem: Problem,
  fence: Fence | undefined,
  fused: boolean,
): Promise<Job | undefined> {
  const { ort, provider } = place;
  const g = new GraphBuilder();
  const xs = problem.inputs.map((input) =>
    input.weight ? g.constant(values(input), input.shape) : g.input(input.shape),
  );
  const results = problem.program(onnxOps(g, fused), inputsOf(xs));
  // Without attention there is no second way.
  if (!fused && !g.composed) return undefined;
  const gpu = fence !== undefined;
  const model = g.encode(results);
  const session = await ort.InferenceSession.create(model, options(provider, gpu));
  const feeds: Named = {};
  // A tensor on the adapter must not outlive the session that made it.
  const sessions = [session];
  for (const [i, input] of problem.inputs.entries()) {
    const x = inputsOf(xs)(i);
    if (input.weight) continue;
    const there = await upload(place, input);
    feeds[x.name] = there.y;
    sessions.push(...there.sessions);
  }
  let last: Named = {};
  const forget = (): void => {
    for (const x of Object.values(last)) x.dispose();
  };
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        forget();
        last = await session.run(feeds);
      }
      await fence?.wait();
    },
    async read() {
      if (Object.keys(last).length === 0) last = await session.run(feeds);
      const out: Float32Array[] = [];
      for (const { name, shape } of results) {
        const x = last[name];
        if (!x) throw new Error(`The session gave no ${name}.`);
        out.push(gpu ? await bringBack(place, x, shape) : Float32Array.from(await x.getData()));
      }
      return out;
    },
    async dispose() {
      forget();
      for (const x of Object.values(feeds)) x.dispose();
      for (const each of sessions) await each.release();
    },
  };
}

interface Moved {
  readonly y: OrtTensor;
  readonly sessions: readonly OrtSession[];
}

/** An input where the session wants it: a session that changes nothing leaves it on the adapter. */
async function upload(place: Place, input: Input): Promise<Moved> {
  const { ort, provider } = place;
  const x = new ort.Tensor("float32", values(input), input.shape);
  if (provider === "cpu") return { y: x, sessions: [] };
  return timesOne(place, x, input.shape, true);
}

async function bringBack(place: Place, x: OrtTensor, shape: Shape): Promise<Float32Array> {
  const { y, sessions } = await timesOne(place, x, shape, false);
  const data = Float32Array.from(await y.getData());
  y.dispose();
  for (const each of sessions) await each.release();
  return data;
}

/** x · 1; the 1 is an input, or the product would be optimised away. */
async function timesOne(
  { ort, provider }: Place,
  x0: OrtTensor,
  shape: Shape,
  stays: boolean,
): Promise<Moved> {
  const g = new GraphBuilder();
  const model = g.encode([onnxOps(g).mul(g.input(shape), g.input([1]))]);
  const session = await ort.InferenceSession.create(model, options(provider, stays));
  const x1 = new ort.Tensor("float32", Float32Array.of(1), [1]);
  const [y] = Object.values(await session.run({ x0, x1 }));
  if (!y) throw new Error("The session gave nothing.");
  return { y, sessions: [session] };
}
