/**
 * A process of its own that runs job descriptions for `hitofude sweep`, one after the other. It ends
 * when the sweep does, however that ends.
 *
 *     sweep → worker   a description
 *     worker → sweep   { ready }, { part } while a job runs, then its { outcome }
 */
import type { JobDescription, Outcome } from "../lab/sweep/description.js";
import { openBench } from "./lab-bench.js";
import { runTimed } from "./timed-job.js";

export type WorkerMessage =
  | { readonly ready: true }
  | { readonly part: number }
  | { readonly outcome: Outcome };

const PART_EVERY_MS = 250;

const send = (message: WorkerMessage): void => {
  process.send?.(message);
};

/** Opened by the first job that asks; the process ends by a signal, and the device with it. */
const bench = openBench({ note: () => {} });

// A terminal sends Ctrl-C to all its processes; the sweep decides when its workers end.
process.on("SIGINT", () => {});
// By a signal: `process.exit` would run the destructors of a driver that is still at work.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", (description: JobDescription) => void work(description));
send({ ready: true });

async function work(description: JobDescription): Promise<void> {
  let last = performance.now();
  const tick = async (part: number): Promise<void> => {
    if (performance.now() - last >= PART_EVERY_MS) {
      last = performance.now();
      send({ part });
    }
    // A turn of the event loop, so that the sweep's end is noticed.
    await new Promise((resolve) => setImmediate(resolve));
  };
  send({ outcome: await runTimed(description, { bench, tick }) });
}
