/**
 * A step that is recorded once and replayed: no JavaScript per op, memory planned from what lives
 * when.
 *
 *     const step = capture(device, ({ x, y }: StepTensors<"x" | "y">) => {
 *       const { value, grads } = valueAndGradOf(parameters, () => mean(square(sub(f(x), y))));
 *       return { loss: value, norm: learner.apply(grads) };
 *     });
 *     const { loss } = step.run({ x: pictures, y: labels });       // records
 *     step.run({ x: more, y: labels });                            // replays
 *
 * The function runs once. What it computed on the host, and the values it gave to `tensor`, are
 * constants from then on; what changes from step to step is an input. Tensors from outside
 * (parameters, an optimiser's state) are bound as they are and updated in place. Results belong to
 * the step: the same tensors every time, with new values after each run.
 */
import { GpuDevice } from "../device/device.js";
import type { CaptureMemory, Replay } from "../device/replay.js";
import type { Device } from "../device/types.js";
import { CaptureError, DisposedError, ShapeError } from "../errors.js";
import { copyInto, tensor, write } from "./create.js";
import { dtypeOf, type Values } from "./dtype.js";
import { sameShape, showShape } from "./shape.js";
import { Tensor } from "./tensor.js";

/** What the function of a step receives: `({ x, y }: StepTensors<"x" | "y">) => …` */
export type StepTensors<K extends string> = Readonly<Record<K, Tensor>>;

/** What a run is given, by name: a tensor, or values: those become a vector, with the dtype that `tensor` would give them. */
export type StepInputs<K extends string> = Readonly<Record<K, Tensor | Values>>;

export interface CaptureOptions {
  /** "eager" runs the function every time: for debugging. Default "replay". */
  readonly mode?: "replay" | "eager";
}

/**
 * Records `step` at its first run, and replays it after. See the header. On the reference device
 * the function runs every time.
 * @returns a step: `step.run(inputs)` gives what `step` returned, with new values.
 * @throws CaptureError (from `run`) where a replay would repeat what should change, or read values.
 */
export function capture<const K extends string, R>(
  device: Device,
  step: (inputs: StepTensors<K>) => R,
  options: CaptureOptions = {},
): CapturedStep<K, R> {
  return new CapturedStep(device, step, options);
}

interface StepResult<R> {
  readonly value: R;
  readonly tensors: readonly Tensor[];
}

/** What `capture` returns. Freed with the scope it was made in, or by `dispose`. */
export class CapturedStep<K extends string, R> implements Disposable {
  private readonly device: Device;
  private readonly step: (inputs: StepTensors<K>) => R;
  /** Records and replays; undefined where the function runs every time. */
  private readonly recorder: GpuDevice | undefined;
  private inputs: StepTensors<K> | undefined;
  private replay: Replay | undefined;
  private result: StepResult<R> | undefined;
  private freed = false;

  constructor(
    device: Device,
    step: (inputs: StepTensors<K>) => R,
    { mode = "replay" }: CaptureOptions,
  ) {
    this.device = device;
    this.step = step;
    this.recorder = mode === "replay" && device instanceof GpuDevice ? device : undefined;
    device.scopes.current?.adopt(this);
  }

  /**
   * One step. The results are valid until the next run, which overwrites them.
   * @throws ShapeError when an input has another shape or dtype than at the first run.
   */
  run(inputs: StepInputs<K>): R {
    if (this.freed) {
      throw new DisposedError(
        "capture: a captured step was run after it was freed. Capture a new one.",
      );
    }
    if (this.inputs) this.update(this.inputs, inputs);
    else this.inputs = this.adopt(inputs);
    if (this.replay && this.result) {
      this.recorder?.replay(this.replay);
      return this.result.value;
    }
    return this.recorder
      ? this.record(this.recorder, this.inputs)
      : this.runEager(this.inputs).value;
  }

  /** What the step holds, once it was recorded. */
  get memory(): CaptureMemory | undefined {
    return this.replay?.memory;
  }

  /** Frees the step: inputs, results, and what it holds for everything between. */
  dispose(): void {
    this.freed = true;
    this.replay?.dispose();
    this.replay = undefined;
    this.forgetResult();
    for (const x of Object.values<Tensor>(this.inputs ?? {})) x.dispose();
    this.inputs = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private record(recorder: GpuDevice, inputs: StepTensors<K>): R {
    this.replay = recorder.record(() => this.runEager(inputs).tensors.map((x) => x.gpu.buffer));
    return (this.result as StepResult<R>).value;
  }

  private runEager(inputs: StepTensors<K>): StepResult<R> {
    const { device } = this;
    this.forgetResult();
    using _scope = device.scope();
    const given = this.step(inputs);
    if (given instanceof Promise) {
      given.catch(() => undefined);
      throw new CaptureError(
        "capture: the function returned a promise. Give one that does not wait: " +
          "return tensors, and read them after the step.",
      );
    }
    const tensors: Tensor[] = [];
    const value = mapTensors(given, (x) => {
      const kept = device.scopes.disown(x.alias({ tape: undefined }));
      tensors.push(kept);
      return kept;
    }) as R;
    this.result = { value, tensors };
    return this.result;
  }

  private forgetResult(): void {
    for (const x of this.result?.tensors ?? []) x.dispose();
    this.result = undefined;
  }

  /** The step's own tensors, with the first values. */
  private adopt(given: StepInputs<K>): Record<K, Tensor> {
    const own = Object.entries<Tensor | Values>(given).map(([name, x]) => {
      const mine =
        x instanceof Tensor
          ? Tensor.allocate(this.device, x, `input ${name}`)
          : tensor(this.device, x, [x.length], { label: `input ${name}` });
      if (x instanceof Tensor) copyInto(mine, x);
      return [name, this.device.scopes.disown(mine)] as const;
    });
    return Object.fromEntries(own) as Record<K, Tensor>;
  }

  private update(own: StepTensors<K>, given: StepInputs<K>): void {
    const names = Object.keys(own) as K[];
    const other = Object.keys(given).find((name) => !(name in own));
    if (other !== undefined) {
      throw new ShapeError(
        `capture: there is no input ${other}; the step was recorded with ${names.join(", ")}. ` +
          "Give the same inputs at every run.",
      );
    }
    for (const name of names) assertAlike(name, own[name], given[name]);
    for (const name of names) {
      const x = given[name];
      if (x instanceof Tensor && x.sharesStorageWith(own[name])) continue;
      if (x instanceof Tensor) copyInto(own[name], x);
      else write(own[name], x);
    }
  }
}

function assertAlike(name: string, own: Tensor, given: Tensor | Values | undefined): void {
  const recorded = `${own.dtype} ${showShape(own.shape)}`;
  if (given === undefined) {
    throw new ShapeError(
      `capture: the input ${name} is missing; it was ${recorded} when the step was recorded. ` +
        "Give the same inputs at every run.",
    );
  }
  const shape = given instanceof Tensor ? given.shape : [given.length];
  const dtype = given instanceof Tensor ? given.dtype : dtypeOf(given);
  if (sameShape(shape, own.shape) && dtype === own.dtype) return;
  throw new ShapeError(
    `capture: the input ${name} is ${dtype} ${showShape(shape)}, and was ${recorded} when the ` +
      "step was recorded. Capture another step for other shapes.",
  );
}

/** The same structure of arrays and plain objects with every tensor replaced. */
function mapTensors(value: unknown, f: (x: Tensor) => Tensor): unknown {
  if (value instanceof Tensor) return f(value);
  if (Array.isArray(value)) return value.map((x) => mapTensors(x, f));
  if (value === null || typeof value !== "object") return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([k, x]) => [k, mapTensors(x, f)]));
}
