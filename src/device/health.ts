/**
 * Whether a device still works. WebGPU tells of most mistakes later and to nobody in particular; the
 * first one is kept here, and thrown by whoever asks next.
 */
import { DeviceError, DeviceLostError } from "../errors.js";
import type { PipelineCache } from "./pipelines.js";

export class Health {
  /** What went wrong first: what follows is its consequence. */
  failure: DeviceError | undefined;
  private readonly name: string;

  constructor(gpu: GPUDevice, name: string, pipelines: PipelineCache) {
    this.name = name;
    gpu.onuncapturederror = ({ error: { message } }) => {
      const error = new DeviceError(`${name}: ${message}. Open a new device to go on.`);
      // A bind group for a pipeline that is none fails too, and says nothing of the reason.
      pipelines.blame(error, (first) => this.fail(first));
    };
    void gpu.lost.then(({ message }) => this.lost(message));
  }

  fail(error: DeviceError): void {
    this.failure ??= error;
  }

  lost(why: string): void {
    this.fail(
      new DeviceLostError(
        `${this.name}: the device was lost, and its tensors with it (${why}). ` +
          "Open a new device to go on.",
      ),
    );
  }

  /** @throws what went wrong first. */
  assertUsable(): void {
    if (this.failure) throw this.failure;
  }
}
