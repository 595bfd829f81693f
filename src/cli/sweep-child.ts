/**
 * A worker process, as seen from its parent. One that dies takes one job with it, no more: the next job
 * starts another. It is a process and not a thread, because drivers and memory limits end processes.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { HitofudeError } from "../errors.js";
import type { JobDescription, Outcome } from "../lab/sweep/description.js";
import type { WorkerMessage } from "./sweep-worker.js";

/** Variables beside those of this process. */
export type Environment = Readonly<Record<string, string>>;

/** Characters. */
const KEPT = 4000;

/** How a worker ended: the signal or the code, and its last words. */
interface Death {
  readonly died: string;
}

export class SweepWorker {
  /** The job that it runs, and how far that is. */
  job: JobDescription | undefined;
  part = 0;
  private child: ChildProcess | undefined;
  /** The end of what it wrote on standard error. */
  private words = "";
  private readonly env: Environment;

  constructor(env: Environment = {}) {
    this.env = env;
  }

  /** Runs a job; one whose worker dies is tried once more, then that is its outcome. */
  async run(job: JobDescription, stopped: () => boolean): Promise<Outcome | undefined> {
    this.job = job;
    try {
      const first = await this.attempt(job);
      if (stopped()) return undefined;
      if (!("died" in first)) return first;
      const second = await this.attempt(job);
      if (stopped()) return undefined;
      if (!("died" in second)) return second;
      return { seconds: 0, error: `its worker process ended twice: ${second.died}` };
    } catch (error) {
      // A worker that was ended before it had begun.
      if (stopped()) return undefined;
      throw error;
    } finally {
      this.job = undefined;
    }
  }

  /** Ends the process, whatever it is doing. */
  end(): void {
    this.child?.kill("SIGKILL");
  }

  private async attempt(job: JobDescription): Promise<Outcome | Death> {
    const began = performance.now();
    this.part = 0;
    this.child ??= await this.start();
    const { child } = this;
    return new Promise((resolve) => {
      const settle = (what: Outcome | Death): void => {
        child.off("message", onMessage);
        child.off("close", onClose);
        resolve(what);
      };
      const onMessage = (message: WorkerMessage): void => {
        if ("part" in message) this.part = message.part;
        if ("outcome" in message) settle(message.outcome);
      };
      // "close" and not "exit": it comes after the last message.
      const onClose = (code: number | null, signal: string | null): void => {
        const after = Math.round((performance.now() - began) / 1000);
        settle({ died: `${signal ?? `code ${code}`} after ${after} s${this.lastWords}` });
      };
      child.on("message", onMessage);
      child.on("close", onClose);
      // A worker that has just died cannot take it: "close" tells.
      child.send(job, () => {});
    });
  }

  private get lastWords(): string {
    const lines = this.words.split("\n").filter((line) => line.trim() !== "");
    const telling = lines.find((line) => /^(\w*Error:|FATAL)/.test(line)) ?? lines.at(-1);
    return telling === undefined ? "" : ` (${telling.trim()})`;
  }

  private start(): Promise<ChildProcess> {
    const child = startWorker(this.env);
    this.child = child;
    this.words = "";
    child.stderr?.on("data", (text) => {
      this.words = `${this.words}${text}`.slice(-KEPT);
    });
    return new Promise((resolve, reject) => {
      child.once("message", () => resolve(child));
      child.once("error", reject);
      child.on("close", (code, signal) => {
        if (this.child === child) this.child = undefined;
        reject(
          new HitofudeError(
            `A worker process does not start: it ended with ${signal ?? `code ${code}`}` +
              `${this.lastWords}. Give fewer --workers if memory is short.`,
          ),
        );
      });
    });
  }
}

/** From the sources the same loader runs the worker as runs this file. */
function startWorker(env: Environment): ChildProcess {
  const source = import.meta.url.endsWith(".ts");
  const file = new URL(`./sweep-worker.${source ? "ts" : "js"}`, import.meta.url);
  const loader = source && !process.execArgv.some((word) => word.includes("tsx"));
  // Two processes cannot share a debugger's port.
  const words = process.execArgv.filter((word) => !word.startsWith("--inspect"));
  return fork(fileURLToPath(file), [], {
    execArgv: [...words, ...(loader ? ["--import", tsx()] : [])],
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

function tsx(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
}
