/**
 * From a prompt to a picture by one evaluation: warm, in an open process; and cold, as a command in a
 * process of its own, from its start to the file.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openModel } from "../../src/cli/model-files.js";
import { draw, tokenBatch } from "../../src/cli/preview.js";
import { decodePng } from "../../src/io/png.js";
import { type GpuDevice, Key, ReferenceDevice } from "../../src/node.js";
import type { OwnJob, Row } from "./row.js";

const PROMPT = "a red heart on a blue background";
const SEED = 5;
const OPTIONS = { seed: [SEED], steps: 1, alpha_cfg: 0 };

/** The picture in float64. */
function reference(): Float64Array {
  const device = new ReferenceDevice();
  using _scope = device.scope();
  const { model } = openModel(device, "aligned");
  const z = model.noise(device, Key.from(SEED), 1);
  const latents = model.oneStep(z, model.condition(device, tokenBatch([PROMPT])));
  return Float64Array.from(model.decode(latents).reference.data);
}

function worst(got: ArrayLike<number>, want: Float64Array): number {
  return want.reduce((most, x, i) => Math.max(most, Math.abs((got[i] ?? Number.NaN) - x)), 0);
}

async function warm(device: GpuDevice): Promise<OwnJob> {
  const scope = device.scope();
  const { model } = openModel(device, "aligned");
  const once = () => draw(device, model, [PROMPT], OPTIONS);
  return {
    async run(times) {
      for (let i = 0; i < times; i++) await once();
    },
    check: async () => ({ relError: worst((await once()).values, reference()) }),
    dispose() {
      scope.end();
      device.trim();
    },
  };
}

const BUILT = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SOURCE = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const run = promisify(execFile);

/** The built command where there is one; else the sources, which are translated first. */
async function command(adapter: string, out: string): Promise<void> {
  const program = existsSync(BUILT) ? [BUILT] : [...process.execArgv, SOURCE];
  const options = ["--adapter", adapter, "--seed", String(SEED), "--scale", "1", "-o", out];
  await run(process.execPath, [...program, "generate", PROMPT, ...options]);
}

async function cold(_: GpuDevice, adapter: string): Promise<OwnJob> {
  const folder = mkdtempSync(join(tmpdir(), "hitofude-bench-"));
  const out = join(folder, "picture.png");
  return {
    async run(times) {
      for (let i = 0; i < times; i++) await command(adapter, out);
    },
    async check() {
      await command(adapter, out);
      const { data, width, height } = decodePng(readFileSync(out));
      const want = reference();
      const channels = data.length / (width * height);
      // Interleaved bytes against planes of [-1, 1].
      const got = want.map((_value, i) => {
        const [c, place] = [Math.floor(i / (width * height)), i % (width * height)];
        return (data[place * channels + c] ?? 0) / 127.5 - 1;
      });
      const clamped = want.map((x) => Math.min(1, Math.max(-1, x)));
      return { relError: worst(got, clamped) };
    },
    dispose() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const GENERATE_ROWS: readonly Row[] = [
  {
    name: "generate, warm",
    family: "generate",
    quick: true,
    naive: "not quick",
    tolerance: 1e-3,
    own: warm,
  },
  {
    name: "generate, cold",
    family: "generate",
    quick: false,
    naive: "never",
    // A byte for each value.
    tolerance: 1e-2,
    own: cold,
  },
];
