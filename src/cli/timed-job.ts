/** Runs a job and takes its time. Workers load this file, and little else. */
import type { JobContext } from "../lab/experiment.js";
import { type JobDescription, type Outcome, runJobDescription } from "../lab/sweep/description.js";

/** What a job throws is its outcome too. */
export async function runTimed(description: JobDescription, context: JobContext): Promise<Outcome> {
  const began = performance.now();
  const seconds = (): number => Math.round(performance.now() - began) / 1000;
  try {
    const result = await runJobDescription(description, context);
    return { seconds: seconds(), result };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { seconds: seconds(), error: message.replaceAll(/\s*\n\s*/g, " ") };
  }
}
