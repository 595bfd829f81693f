/** This project as the driver's processes open it: programs, and the functions no peer has. */
import {
  type GpuDevice,
  KERNELS_OPTIONS,
  type KernelsOption,
  measureCeilings,
  openNodeDevice,
  tuneKernels,
} from "../../src/node.js";
import type { Ceilings } from "../protocol.js";
import type { OwnJob, Row } from "../rows/row.js";
import type { Engine, EngineOptions } from "./engine.js";
import { gpuJob } from "./hitofude.js";
import { engineOf } from "./names.js";

export interface OwnEngine {
  readonly engine: Engine;
  job(row: Row): Promise<OwnJob>;
  ceilings(): Promise<Ceilings>;
}

/** The variants of the kernels, each as an engine: "hitofude" is what the device chooses. */
const VARIANTS: ReadonlyMap<string, KernelsOption> = new Map(
  KERNELS_OPTIONS.map((kernels) => [engineOf(kernels), kernels]),
);

/** Undefined where `name` is a peer's. */
export async function openOwn(
  name: string,
  { adapter }: EngineOptions,
): Promise<OwnEngine | undefined> {
  const kernels = VARIANTS.get(name);
  if (!kernels) return undefined;
  const opened = await openNodeDevice({ adapter, kernels });
  const device: GpuDevice = opened.device;
  // As the command line does; what is kept on disk by other versions counts for nothing here.
  if (kernels === "fast") await tuneKernels(device);
  return {
    engine: {
      prepare: async (problem, attempt) => (attempt === 0 ? gpuJob(device, problem) : undefined),
      close: () => opened.close(),
    },
    job: async (row) => {
      if (!row.own) throw new Error(`${row.name} is no function of this project alone.`);
      return row.own(device, adapter);
    },
    ceilings: async () => {
      const { vendor, architecture, device: model } = opened.adapter.info;
      const words = [vendor, architecture, model].join("-").toLowerCase();
      const file = words.replace(/[^\w.]+/g, "-").replace(/-+$/, "");
      return { ...(await measureCeilings(device)), name: device.name, file };
    },
  };
}
