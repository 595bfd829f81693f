/** Runs the command line. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, vi } from "vitest";
import { execute } from "../../src/cli/execute.js";

const COMMAND = ["--import", "tsx", "src/cli/main.ts"];

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** In this process: a second instead of several, where no signal is needed. */
export async function call(...args: readonly string[]): Promise<Ended> {
  const texts = { out: "", err: "" };
  const [out, err] = (["out", "err"] as const).map((name) =>
    vi.spyOn(process[`std${name}`], "write").mockImplementation((text) => {
      texts[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await execute(args), ...texts };
  } finally {
    out?.mockRestore();
    err?.mockRestore();
    process.exitCode = 0;
  }
}

/** In a process of its own; Ctrl-C is sent some ms after a text shows on standard error. */
export function run(
  args: readonly string[],
  ...signals: readonly (readonly [text: string, afterMs: number])[]
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...COMMAND, ...args]);
    const waiting = [...signals];
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.stderr.on("data", (text) => {
      err += text;
      const next = waiting[0];
      if (!next || !err.includes(next[0])) return;
      waiting.shift();
      setTimeout(() => child.kill("SIGINT"), next[1]);
    });
    // As a shell reports it: a process that a SIGINT ended has code 130.
    child.on("close", (code, signal) => {
      resolve({ code: signal === "SIGINT" ? 130 : code, out, err });
    });
  });
}

/** A folder that goes when the tests of the file are done. */
export function temporaryFolder(): (...path: readonly string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), "hitofude-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (...path) => join(folder, ...path);
}

/** As small as the program's model can be: two resolutions, one transformer block. */
export const TINY = {
  block: 4,
  diagonals: [1, 1, 1],
  unet: {
    sample_size: 8,
    in_channels: 3,
    out_channels: 3,
    block_out_channels: [8, 8],
    down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D"],
    up_block_types: ["CrossAttnUpBlock2D", "UpBlock2D"],
    transformer_layers_per_block: [1, 1],
    attention_head_dim: [1, 1],
    cross_attention_dim: 16,
    norm_num_groups: 4,
    projection_class_embeddings_input_dim: 16,
  },
  text_encoder: {
    hidden_size: 16,
    intermediate_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 1,
  },
};

export function writeConfig(path: string, config: unknown): string {
  writeFileSync(path, JSON.stringify(config));
  return path;
}
