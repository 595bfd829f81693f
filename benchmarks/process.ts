/**
 * An engine in a process of its own: engines fight over globals and over Dawn's instances. A process
 * that has nothing to do is stopped: some engines leave a promise open, Dawn polls for it without a
 * pause, and takes a core from whoever is being measured.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, Order } from "./protocol.js";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
/** Standard error that is kept for a message about a process that ended. */
const TAIL = 2000;
const CAN_STOP = process.platform !== "win32";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class EngineProcess {
  readonly engine: string;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private orders = 0;
  private said = "";
  private ended: Error | undefined;

  constructor(engine: string) {
    this.engine = engine;
    const env = {
      ...process.env,
      // A first call compiles; Mesa's cache on disk would hide that from the second run on.
      MESA_SHADER_CACHE_DISABLE: "true",
      WEBGPU_CPU_FORWARD: "false",
    };
    this.child = fork(CHILD, [], {
      env,
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (data: Buffer) => {
        this.said = (this.said + String(data)).slice(-TAIL);
      });
    }
    this.child.on("message", (answer: Answer) => this.settle(answer));
    this.child.on("exit", (code, signal) => this.end(`${signal ?? `code ${code}`}`));
  }

  ask<T>(order: Order): Promise<T> {
    if (this.ended) return Promise.reject(this.ended);
    const id = this.orders++;
    if (CAN_STOP) this.child.kill("SIGCONT");
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.child.send({ id, order });
    });
  }

  /** Ends the process; a GPU's driver frees what it held. */
  close(): void {
    this.ended ??= new Error(`${this.engine} was closed.`);
    this.child.kill("SIGKILL");
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (CAN_STOP && this.waiting.size === 0) this.child.kill("SIGSTOP");
    if ("error" in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.value);
  }

  private end(how: string): void {
    this.ended ??= new Error(`${this.engine} ended (${how}): ${this.said.trim().slice(-400)}`);
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}
