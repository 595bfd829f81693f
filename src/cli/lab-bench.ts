/** What the laboratory's jobs ask for, under Node. */
import { type NodeDevice, openNodeDevice } from "../device/node-device.js";
import type { Bench } from "../lab/experiment.js";

export interface OpenBench extends Bench {
  readonly close: () => void;
}

export interface BenchOptions {
  readonly adapter?: string;
  /** Told the adapter's name when a job asks for one. */
  readonly note: (text: string) => void;
}

export function openBench({ adapter, note }: BenchOptions): OpenBench {
  let opened: NodeDevice | undefined;
  const device = async () => {
    if (!opened) {
      opened = await openNodeDevice(adapter ? { adapter } : {});
      note(`adapter: ${opened.device.name}`);
    }
    return opened.device;
  };
  return { device, close: () => opened?.close() };
}
