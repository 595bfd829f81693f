/**
 * Which trials a run consists of, in the order in which they can be known:
 *
 *     the proxies
 *     the start generator for each seed; every arm without a reward, on seed 0 (its force)
 *     every arm with each proxy and strength, on seed 0: from these each side's weighting is chosen
 *     the two chosen arms on the seeds that the choice has not seen: the claim is judged on these
 */
import { HitofudeError } from "../../errors.js";
import type { Job, Results } from "../experiment.js";
import type { Json } from "../json.js";
import { runStart, runTrial, type Trial } from "./align.js";
import { type Arm, armsOf, strengthsOf } from "./arms.js";
import { chooseSides, type Sides } from "./compare.js";
import type { Emoji32Config } from "./config.js";
import { PROXY_NAMES } from "./pairs.js";
import { type ProxyResults, runProxies } from "./proxy-job.js";
import { PROXIES_ID, proxiesOf, startId, startOf, trainedOf, trialId } from "./results.js";

export function jobs(config: Emoji32Config, results: Results): Job[] {
  const arms = armsOf(config);
  const proxies = proxiesOf(results);
  if (!proxies) return [proxyJob(config)];
  const first = [
    ...seedsOf(config).map((seed) => startJob(config, seed, proxies)),
    ...arms.map((arm) => trialJob(config, { seed: 0, arm, strength: 0 }, { proxies, results })),
  ];
  if (first.some(({ id }) => !results.has(id))) return first;
  const tuning = arms.flatMap((arm) => rewarded(config, arm, 0));
  const sides = chooseSides(config, results);
  const trials = [...tuning, ...(sides ? claimTrials(config, sides) : [])];
  return trials.map((trial) => trialJob(config, trial, { proxies, results }));
}

export function total(config: Emoji32Config): number {
  const perArm = 1 + PROXY_NAMES.length * strengthsOf(config).length;
  const starts = 1 + config.seeds;
  return 1 + starts + perArm * (armsOf(config).length + 2 * config.seeds);
}

function seedsOf({ seeds }: Emoji32Config): number[] {
  return Array.from({ length: seeds + 1 }, (_, seed) => seed);
}

function rewarded(config: Emoji32Config, arm: Arm, seed: number): Trial[] {
  return PROXY_NAMES.flatMap((proxy) =>
    strengthsOf(config).map((strength) => ({ seed, arm, proxy, strength })),
  );
}

function claimTrials(config: Emoji32Config, { challenger, defender }: Sides): Trial[] {
  return seedsOf(config)
    .slice(1)
    .flatMap((seed) =>
      [challenger, defender].flatMap((arm) => [
        { seed, arm, strength: 0 },
        ...rewarded(config, arm, seed),
      ]),
    );
}

function proxyJob(config: Emoji32Config): Job {
  const run: Job["run"] = async (context) => asJson(await runProxies(config, context));
  return { id: PROXIES_ID, run };
}

function startJob(config: Emoji32Config, seed: number, proxies: ProxyResults): Job {
  const run: Job["run"] = async (context) =>
    asJson(await runStart(config, { seed, proxies }, context));
  return { id: startId(seed), run };
}

interface Known {
  readonly proxies: ProxyResults;
  readonly results: Results;
}

function trialJob(config: Emoji32Config, trial: Trial, known: Known): Job {
  const { proxies, results } = known;
  const run: Job["run"] = async (context) => {
    const reference = referenceOf(results, trial.seed);
    const given = { alpha_rew: alphaOf(trial, known), proxies, reference };
    return asJson(await runTrial(config, trial, given, context));
  };
  return { id: trialId(trial), run };
}

/** See align.ts. */
function alphaOf({ arm, proxy, strength }: Trial, { proxies, results }: Known): number {
  if (!proxy) return 0;
  const force = trainedOf(results, { seed: 0, arm, strength: 0 })?.force ?? 0;
  return (strength * force) / proxies[proxy].force;
}

function asJson(value: object): Json {
  return value as unknown as Json;
}

/** What the start of a seed measured. @throws HitofudeError where it was not run. */
export function referenceOf(results: Results, seed: number) {
  const reference = startOf(results, seed)?.reference;
  if (reference) return reference;
  throw new HitofudeError(
    `emoji-32: the job ${startId(seed)} must be done first. Run it, and give its result along.`,
  );
}
