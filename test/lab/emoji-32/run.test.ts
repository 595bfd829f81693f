/** A whole run in miniature: what α = 0 must leave alone, determinism, resuming, the report. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Trained } from "../../../src/lab/emoji-32/align.js";
import { type Emoji32Config, QUICK } from "../../../src/lab/emoji-32/config.js";
import { emoji32 } from "../../../src/lab/emoji-32/index.js";
import { rowsOf } from "../../../src/lab/emoji-32/results.js";
import type { Bench } from "../../../src/lab/experiment.js";
import type { Json } from "../../../src/lab/json.js";
import { renderHtml } from "../../../src/lab/report/html.js";
import { tinyBench } from "./tiny.js";

const config: Emoji32Config = {
  ...QUICK,
  arms: "kl:x0",
  challenger: "kl",
  strengths: "3",
  seeds: 0,
  steps: 2,
  checkpoints: 2,
  batch: 2,
  warmup: 1,
  captions: 5,
  proxy_steps: 3,
  prompts: 2,
  samples: 2,
};
const tick = () => Promise.resolve();

let bench: Bench & { readonly close: () => void };
beforeAll(async () => {
  bench = await tinyBench();
});
afterAll(() => bench.close());

/** Runs until nothing is left, or for `most` jobs. */
async function runJobs(results: Map<string, Json>, most = 1000): Promise<void> {
  for (let n = 0; n < most; n++) {
    const job = emoji32.jobs(config, results).find(({ id }) => !results.has(id));
    if (!job) return;
    const result = await job.run({ tick, bench });
    // As results.jsonl keeps it.
    results.set(job.id, JSON.parse(JSON.stringify(result)) as Json);
  }
}

test("a run: jobs in order, the same again, resumed from the middle, and its report", async () => {
  const whole = new Map<string, Json>();
  await runJobs(whole);
  expect([...whole.keys()]).toEqual([
    "proxies",
    "0 start",
    "0 kl:x0 none",
    "0 kl:x0 learned ×3",
    "0 kl:x0 saturated ×3",
  ]);
  expect(emoji32.total(config)).toBe(whole.size);

  // A second run that begins with what a first one had finished: bit for bit the same.
  const resumed = new Map([...whole].slice(0, 3));
  await runJobs(resumed, 1);
  const id = "0 kl:x0 learned ×3";
  expect(resumed.get(id)).toEqual(whole.get(id));

  const none = whole.get("0 kl:x0 none") as unknown as Trained;
  const strong = whole.get("0 kl:x0 learned ×3") as unknown as Trained;
  expect(none.alpha_rew).toBe(0);
  expect(strong.alpha_rew).toBeGreaterThan(0);
  expect(strong.points.map(({ step }) => step)).toEqual([1, 2]);
  // Same prompts, z and noise, so that the reward is the only difference: it raises its own proxy.
  const [without, withReward] = [none, strong].map((one) => one.points[1]?.measures.learned ?? 0);
  expect(withReward).toBeGreaterThan((without ?? 0) + 0.01);

  const rows = rowsOf(config, whole);
  // The start, and 2 checkpoints with 3 kinds of reward.
  expect(rows).toHaveLength(1 + 2 * 3);
  expect(rows[0]).toMatchObject({ arm: "start", step: 0, shift: 0 });

  const report = emoji32.report(config, whole);
  const html = renderHtml(report);
  expect(html).toContain("data:image/png;base64,");
  expect(html).not.toMatch(/NaN|undefined|Infinity/);
  expect(html).toContain("simulated");
}, 240_000);
