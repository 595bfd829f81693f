/** What the laboratory's jobs ask for, under Node: a device and the repository's models. */
import { type NodeDevice, openNodeDevice } from "../device/node-device.js";
import { loadAtlases } from "../io/node-atlas.js";
import type { Bench } from "../lab/experiment.js";
import { openModel } from "./model-files.js";
import { openReportScorer, openReward } from "./scorer-files.js";

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
  return {
    device,
    atlas: () => loadAtlases(),
    model: async (name) => openModel(await device(), name).model,
    reward: async () => openReward(await device(), "reward"),
    reportScorer: async () => openReportScorer(await device(), "report-scorer"),
    close: () => opened?.close(),
  };
}
