/**
 * The guard against NaN and infinity: finds the op that made the first one.
 *
 *     const { value, grads } = await checkFinite(device, () => valueAndGrad(loss)(x));
 *
 * While `run` runs, every op's result is counted on its device, in the order in which ops run, the
 * backward pass included; so are the inputs that no op of the run made. Only the counts are read
 * back, at the end. For debugging: each op costs one more pass over its result.
 */
import type { GpuDevice } from "../device/device.js";
import type { Device, OpObserver } from "../device/types.js";
import { CaptureError, NonFiniteError, UsageError } from "../errors.js";
import { kernel } from "../shaders/kernel.js";
import { zeros } from "../tensor/create.js";
import { FLOATS } from "../tensor/dtype.js";
import { known, showShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";

/**
 * Runs `run` and gives what it returns. What replays of a captured step do is not seen: capture it
 * with mode "eager" for the check.
 *
 * @throws NonFiniteError that names the first op with a NaN or an infinite value, and how many.
 */
export async function checkFinite<R>(device: Device, run: () => R | Promise<R>): Promise<R> {
  if (device.observer) {
    throw new UsageError(
      "checkFinite: a check or a trace is under way on this device. Await it first.",
    );
  }
  using watch = new FiniteWatch();
  device.observer = watch;
  let result: R;
  try {
    result = await run();
  } finally {
    device.observer = undefined;
  }
  await watch.settle();
  return result;
}

const count = kernel("count_nonfinite", { total: "u32", slot: "u32" });
/** Elements that one workgroup counts. */
const GROUP = 64 * 16;
/** Pairs of counts in one tensor. */
const SLOTS = 1024;

/** What was counted: an op's result, or an input of it that no op of the run made. */
interface Watched {
  readonly op: string;
  /** The label of an input; undefined for the op's result. */
  readonly input: string | undefined;
  readonly shape: string;
  readonly size: number;
}

class FiniteWatch implements OpObserver, Disposable {
  private readonly watched: Watched[] = [];
  private readonly seen = new WeakSet<object>();
  /** Counts of the reference device, [NaN, infinite] of each. */
  private readonly found: number[] = [];
  /** Counts of a GPU device, SLOTS pairs each. */
  private readonly blocks: Tensor[] = [];

  ran(op: string, inputs: readonly object[], out: object): void {
    for (const x of inputs) {
      if (x instanceof Tensor && !this.seen.has(x)) this.count(op, x, x.label);
    }
    if (out instanceof Tensor) this.count(op, out, undefined);
  }

  viewed(x: object, view: object): void {
    if (this.seen.has(x)) this.seen.add(view);
  }

  /** Throws where something that is not finite was counted. */
  async settle(): Promise<void> {
    for (const block of this.blocks) this.found.push(...(await block.data()));
    this.watched.forEach((watched, i) => {
      const [nans, infinite] = [known(this.found, 2 * i), known(this.found, 2 * i + 1)];
      if (nans + infinite > 0) throw nonFinite(watched, nans, infinite);
    });
  }

  [Symbol.dispose](): void {
    for (const block of this.blocks) block.dispose();
  }

  private count(op: string, x: Tensor, input: string | undefined): void {
    this.seen.add(x);
    if (!FLOATS.includes(x.dtype) || x.size === 0) return;
    const { shape, size } = x;
    if (x.device.kind === "gpu") this.countByKernel(op, x);
    else this.found.push(...countReference(x.reference.data));
    this.watched.push({ op, input, shape: showShape(shape), size });
  }

  private countByKernel(op: string, x: Tensor): void {
    const { device } = x.gpu;
    if (device.capturing) {
      throw new CaptureError(
        `checkFinite: ${op} is being captured, and replays are not checked. ` +
          'Capture the step with mode "eager" for the check.',
      );
    }
    const slot = this.watched.length % SLOTS;
    if (slot === 0) this.blocks.push(blockOn(device));
    const block = known(this.blocks, this.blocks.length - 1);
    const params = { total: x.size, slot };
    count({ tensors: [x, block], params, groups: Math.ceil(x.size / GROUP) });
  }
}

/** Outlives the scopes of the run. */
function blockOn(device: GpuDevice): Tensor {
  return device.scopes.disown(zeros(device, [SLOTS, 2], { dtype: "u32", label: "counts" }));
}

function countReference(values: Float64Array): [number, number] {
  const nans = values.reduce((n, v) => n + Number(Number.isNaN(v)), 0);
  const finite = values.reduce((n, v) => n + Number(Number.isFinite(v)), 0);
  return [nans, values.length - nans - finite];
}

function nonFinite({ op, input, shape, size }: Watched, nans: number, infinite: number) {
  const counts = `${nans} NaN and ${infinite} infinite of ${size}`;
  return new NonFiniteError(
    input === undefined
      ? `${op}: its result ${shape} is the first to hold values that are not finite (${counts}). ` +
          "Its inputs were finite: keep them in the op's range, by clamp or a small constant."
      : `${op}: its input ${input} ${shape} holds values that are not finite (${counts}), and no ` +
          "op of the run made them. Look at where it was made or loaded.",
  );
}
