/**
 * Which pictures a model is judged by: prompts × samples, from a seed, so that every model answers
 * the same prompts.
 *
 * "seen" prompts name combinations of subject and background that training showed, "held-out" ones
 * those that it never did. No caption comes twice.
 */
import {
  caption,
  childSeed,
  MAX_TOKENS,
  type Scene,
  sampleScene,
  tokenize,
} from "../data/index.js";
import { UsageError } from "../errors.js";

/** Combinations that training saw, or those it did not. */
export type EvaluationSplit = "seen" | "held-out";

/** Which pictures an evaluation draws: `perPrompt` samples of `nPrompts` prompts. */
export interface EvaluationPlan {
  readonly split: EvaluationSplit;
  readonly nPrompts: number;
  readonly perPrompt: number;
  /** What each picture must show, [nPrompts · perPrompt]; samples of a prompt stand together. */
  readonly scenes: readonly Scene[];
  /** The prompt of each picture. */
  readonly captions: readonly string[];
  /** [nPrompts · perPrompt, MAX_TOKENS] */
  readonly tokens: Uint32Array;
}

/** A prompt is drawn again so often, on average, before its split counts as used up. */
const TRIES_EACH = 20;

/**
 * seed → different prompts of a split; the same seed gives the same ones.
 * @throws UsageError when the split has too few different prompts.
 */
export function evaluationScenes(
  split: EvaluationSplit,
  nPrompts: number,
  perPrompt: number,
  seed: number,
): EvaluationPlan {
  const prompts = new Map<string, Scene>();
  for (let i = 0; prompts.size < nPrompts && i < TRIES_EACH * nPrompts; i++) {
    const scene = sampleScene(childSeed(seed, i), { split: split === "seen" ? "train" : split });
    const text = caption(scene);
    if (!prompts.has(text)) prompts.set(text, scene);
  }
  if (prompts.size < nPrompts) {
    throw new UsageError(
      `evaluationScenes: ${nPrompts} different "${split}" prompts were asked for, ` +
        `${prompts.size} were found. Ask for fewer prompts and more samples of each.`,
    );
  }
  const repeated = [...prompts].flatMap((entry) => Array.from({ length: perPrompt }, () => entry));
  const captions = repeated.map(([text]) => text);
  const tokens = new Uint32Array(captions.length * MAX_TOKENS);
  for (const [i, text] of captions.entries()) tokens.set(tokenize(text).ids, i * MAX_TOKENS);
  const scenes = repeated.map(([, scene]) => scene);
  return { split, nPrompts, perPrompt, scenes, captions, tokens };
}
