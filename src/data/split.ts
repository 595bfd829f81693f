/**
 * Which subject x background pairs exist, and which are kept out of training.
 *
 * A pair is hidden when, in one of the three styles, less than 64 % of the subject's pixels stand
 * at least 80 (RGB, 0 .. 255) away from the background; test/data/split.test.ts measures this
 * again.
 *
 * Held out: subject i gives up the first visible colour from 3i + 1 (mod 10) on, and every third
 * subject a second one from 3i + 6 on. The step 3 is prime to 10, so that the colours share the
 * loss.
 */
import type { Colour, Subject } from "./words.js";
import { COLOURS, SUBJECTS } from "./words.js";

/** Pairs that cannot be seen: yellow on yellow, a white face on white. */
const HIDDEN: Partial<Record<Subject, readonly Colour[]>> = {
  "red heart": ["red", "orange"],
  "blue heart": ["blue"],
  "green heart": ["green"],
  "yellow star": ["orange", "yellow"],
  "red apple": ["red", "orange"],
  "green apple": ["green"],
  "red car": ["red"],
  "blue car": ["blue"],
  "red book": ["red", "orange"],
  "blue book": ["blue"],
  sun: ["orange", "yellow"],
  moon: ["orange", "yellow"],
  cat: ["orange", "yellow"],
  dog: ["yellow", "pink", "brown", "white"],
  fish: ["blue"],
  frog: ["yellow", "green"],
  pig: ["pink", "white"],
  panda: ["white"],
  tree: ["green", "brown"],
  house: ["yellow", "pink", "white"],
  flower: ["pink", "white"],
  mushroom: ["red", "orange"],
  umbrella: ["blue", "purple"],
  snowman: ["pink", "white"],
};

/** Whether the subject can be seen on the background. */
export function isVisiblePair(subject: Subject, background: Colour): boolean {
  return !HIDDEN[subject]?.includes(background);
}

/** The first visible colour of the subject, beginning at number `start` of the palette. */
function visibleFrom(subject: Subject, start: number): Colour {
  const turned = COLOURS.map((_, k) => COLOURS[(start + k) % COLOURS.length] as Colour);
  return turned.find((c) => isVisiblePair(subject, c)) as Colour;
}

/** Pairs that training never sees: at least 10 % of the visible ones. */
export const HELD_OUT: readonly (readonly [subject: Subject, background: Colour])[] =
  SUBJECTS.flatMap((subject, i) => {
    const starts = i % 3 === 0 ? [3 * i + 1, 3 * i + 6] : [3 * i + 1];
    return starts.map((start) => [subject, visibleFrom(subject, start)] as const);
  });

const HELD_OUT_KEYS: ReadonlySet<string> = new Set(HELD_OUT.map(([s, b]) => `${s}|${b}`));

/** Whether no training scene shows this subject on this background. */
export function isHeldOutPair(subject: Subject, background: Colour): boolean {
  return HELD_OUT_KEYS.has(`${subject}|${background}`);
}

/** Whether no training scene shows the subject of this one on its background. */
export function isHeldOut(scene: {
  readonly subject: Subject;
  readonly background: Colour;
}): boolean {
  return isHeldOutPair(scene.subject, scene.background);
}
