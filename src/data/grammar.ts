/**
 * A scene and its caption.
 *
 *     [count] [style] [subject] [place] on a [colour] background
 *
 * A caption that leaves out the style means any style, one that leaves out the place means the
 * centre.
 */
import { splitWords } from "./tokenizer.js";
import type { Colour, Count, Place, Style, Subject } from "./words.js";
import { article, COLOURS, PLACE_PHRASES, PLACES, plural, STYLES, SUBJECTS } from "./words.js";

/** What a picture shows: a subject once or more, in a style, at a place, on a background. */
export interface Scene {
  readonly subject: Subject;
  /** The style it is drawn in. */
  readonly style: Style;
  /** Whether the caption says the style. */
  readonly styleNamed: boolean;
  readonly background: Colour;
  readonly place: Place;
  readonly count: Count;
  /**
   * Size, position and shade of the background are drawn from this seed; no word speaks of them.
   */
  readonly seed: number;
}

const COUNT_WORDS: Record<string, Count> = { a: 1, an: 1, one: 1, two: 2, three: 3 };

/** Scene → words. */
export function caption(scene: Omit<Scene, "seed">): string {
  const { subject, count } = scene;
  const noun = count === 1 ? subject : plural(subject);
  const described = scene.styleNamed ? `${scene.style} ${noun}` : noun;
  const counted = count === 1 ? article(described) : count === 2 ? "two" : "three";
  const place = PLACE_PHRASES[scene.place];
  const ground = `on ${article(scene.background)} ${scene.background} background`;
  return [counted, described, place, ground].filter((part) => part !== "").join(" ");
}

/** Where `phrase` begins in `words`, or -1. */
function findPhrase(words: readonly string[], phrase: string): number {
  const wanted = phrase.split(" ");
  return words.findIndex((_, at) => wanted.every((w, k) => words[at + k] === w));
}

function findSubject(words: readonly string[]) {
  for (const subject of SUBJECTS) {
    for (const form of [subject, plural(subject)]) {
      const at = findPhrase(words, form);
      if (at >= 0) return { subject, at, length: form.split(" ").length };
    }
  }
  return undefined;
}

/** The last colour word; the subject's own must be cut out before. */
function findBackground(words: readonly string[]): Colour | undefined {
  return words.findLast((w) => (COLOURS as string[]).includes(w)) as Colour | undefined;
}

/**
 * Words → what they say. Only what the words say is set: `style` is absent when it is not named,
 * `subject` or `background` when no known one is there.
 */
export function parseCaption(text: string): Partial<Scene> {
  const words = splitWords(text);
  const found = findSubject(words);
  const rest = found ? words.toSpliced(found.at, found.length) : words;
  const style = STYLES.find((s) => rest.includes(s));
  const background = findBackground(rest);
  const place = PLACES.find((p) => p !== "centre" && findPhrase(rest, PLACE_PHRASES[p]) >= 0);
  const counted = rest.find((w) => Object.hasOwn(COUNT_WORDS, w));
  return {
    ...(found ? { subject: found.subject } : {}),
    ...(style ? { style } : {}),
    styleNamed: style !== undefined,
    ...(background ? { background } : {}),
    place: place ?? "centre",
    count: (counted && COUNT_WORDS[counted]) || 1,
  };
}
