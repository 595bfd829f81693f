/** Opens a device under Node: `openNodeAdapter` chooses, this makes the device and holds Dawn. */
import { UsageError } from "../errors.js";
import { GpuDevice } from "./device.js";
import { KERNELS_OPTIONS, type KernelsOption, type TuningStore } from "./kernel-choice.js";
import { type AdapterKind, openNodeAdapter } from "./node-adapter.js";
import { tuningFile } from "./node-tuning.js";
import type { GpuDeviceOptions } from "./options.js";

/** Options of openNodeDevice. `memoryLimit` is in bytes. */
export interface NodeDeviceOptions extends Omit<GpuDeviceOptions, "name" | "wait"> {
  /** One of ADAPTER_CHOICES; without it, HITOFUDE_ADAPTER decides, then "auto". */
  readonly adapter?: string;
}

/** An open device, with the adapter it came from. */
export interface NodeDevice {
  readonly device: GpuDevice;
  readonly adapter: GPUAdapter;
  readonly kind: AdapterKind;
  /** Where the measured choice of kernels is kept; undefined where they were asked for by name. */
  readonly tuning: TuningStore | undefined;
  /** Destroys the device and lets go of Dawn, so that the process can end. */
  close(): void;
}

/**
 * Opens a device under Node. Call `close()` at the end, or the process does not end. Which kernels
 * multiply and add: `kernels`, else HITOFUDE_KERNELS, else what `tuneKernels` once measured on this
 * adapter, else those of "fast".
 * @throws DeviceError when there is no such adapter, with what to install; UsageError for an
 * adapter that is none of ADAPTER_CHOICES, or kernels that are none of KERNELS_OPTIONS.
 */
export async function openNodeDevice(options: NodeDeviceOptions = {}): Promise<NodeDevice> {
  const { adapter: choice, kernels = kernelsOf(process.env.HITOFUDE_KERNELS), ...rest } = options;
  const opened = await openNodeAdapter(choice === undefined ? {} : { adapter: choice });
  const { adapter, kind, name } = opened;
  const device = await GpuDevice.from(adapter, {
    ...rest,
    ...(kernels && { kernels }),
    name: `${name} (${kind})`,
    wait: politely,
  });
  const tuning = kernels === undefined ? storeOf(adapter, name) : undefined;
  const known = tuning?.read();
  if (known) {
    device.choice = known.choice;
    device.rates = options.rates ?? known.rates;
  }
  const close = (): void => {
    device.destroy();
    opened.release();
  };
  return { device, adapter, kind, tuning, close };
}

function storeOf({ info }: GPUAdapter, name: string): TuningStore {
  const { vendor, architecture, device, description } = info;
  return tuningFile([name, vendor, architecture, device, description]);
}

/** The kernels that an environment variable asks for. */
function kernelsOf(asked: string | undefined): KernelsOption | undefined {
  if (!asked) return undefined;
  const known = KERNELS_OPTIONS.find((option) => option === asked);
  if (known) return known;
  throw new UsageError(
    `HITOFUDE_KERNELS is "${asked}". Choose one of: ${KERNELS_OPTIONS.join(", ")}.`,
  );
}

const NAP_MS = 0.2;
const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Dawn polls without pause while something waits for the GPU, and so takes a whole core from a
 * software driver's workers (measured on two cores: 40 GFLOP/s, with naps 62 to 74). Sleeping
 * between its polls gives the core back.
 */
export async function politely<T>(promise: Promise<T>): Promise<T> {
  let waiting = true;
  const nap = (): void => {
    if (!waiting) return;
    Atomics.wait(cell, 0, 0, NAP_MS);
    setImmediate(nap);
  };
  setImmediate(nap);
  try {
    return await promise;
  } finally {
    waiting = false;
  }
}
