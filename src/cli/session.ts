/** What every command does first and last: open the adapter, name it, close it. */
import { type NodeDevice, openNodeDevice } from "../device/node-device.js";
import { tuneKernels } from "../ops/shared/tune.js";

export interface CommonOptions {
  readonly adapter?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Runs `f` with an open device; closes it however `f` ends. */
export async function withDevice<T>(
  options: CommonOptions,
  f: (opened: NodeDevice) => Promise<T>,
): Promise<T> {
  const opened = await openNodeDevice(options.adapter ? { adapter: options.adapter } : {});
  if (!options.json && !options.quiet) process.stderr.write(`adapter: ${opened.device.name}\n`);
  try {
    // Measured once for each adapter; later it is read from the user's cache folder.
    const { device, tuning: store } = opened;
    if (store) await tuneKernels(device, { store });
    return await f(opened);
  } finally {
    opened.close();
  }
}

/** One JSON object on standard output, for machines. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
