/**
 * A word tokenizer: one id for each word of the caption grammar.
 *
 *     0 = padding, 1 = a word it does not know, 2 .. = words in alphabetical order
 */
import { UsageError } from "../errors.js";
import { COLOURS, PLACE_PHRASES, plural, STYLES, SUBJECTS } from "./words.js";

/** The longest caption has 11 words: "a shaded red heart on the left on an orange background". */
export const MAX_TOKENS = 12;
/** The id behind the last word. */
export const PADDING_ID = 0;
/** The id of every word that the vocabulary lacks. */
export const UNKNOWN_ID = 1;

function grammarWords(): string[] {
  const phrases = [
    ...SUBJECTS,
    ...SUBJECTS.map(plural),
    ...STYLES,
    ...COLOURS,
    ...Object.values(PLACE_PHRASES),
    "a an two three on background",
  ];
  const words = phrases.flatMap((p) => p.split(" ")).filter((w) => w !== "");
  return [...new Set(words)].sort();
}

/** Index = id. */
export const VOCABULARY: readonly string[] = ["<pad>", "<unk>", ...grammarWords()];
const IDS: ReadonlyMap<string, number> = new Map(VOCABULARY.map((word, id) => [word, id]));

/** A caption as ids, and what was lost on the way. */
export interface Tokens {
  /** MAX_TOKENS ids, padded with 0. */
  readonly ids: number[];
  /** Words that have no id of their own, in order. */
  readonly unknown: string[];
  /** Words past MAX_TOKENS: they were dropped. */
  readonly truncated: string[];
}

/** Lower-case words; punctuation separates and is dropped. */
export function splitWords(caption: string): string[] {
  return caption.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * caption → ids [MAX_TOKENS], with what was not understood.
 * @throws UsageError when the caption holds no word.
 */
export function tokenize(caption: string): Tokens {
  const words = splitWords(caption);
  if (words.length === 0) {
    throw new UsageError(
      `tokenize: the caption ${JSON.stringify(caption)} holds no word. ` +
        `Write one such as "a red heart on a blue background".`,
    );
  }
  const kept = words.slice(0, MAX_TOKENS);
  const ids = kept.map((w) => IDS.get(w) ?? UNKNOWN_ID);
  const unknown = kept.filter((w) => !IDS.has(w));
  while (ids.length < MAX_TOKENS) ids.push(PADDING_ID);
  return { ids, unknown, truncated: words.slice(MAX_TOKENS) };
}

/** ids → words, without the padding (for messages and tests). */
export function detokenize(ids: Iterable<number>): string {
  const words: string[] = [];
  for (const id of ids) if (id !== PADDING_ID) words.push(VOCABULARY[id] ?? "<unk>");
  return words.join(" ");
}
