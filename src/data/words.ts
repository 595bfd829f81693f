/**
 * The things a scene is made of, and the words for them.
 *
 * Subjects whose colour is part of the name come in families (three hearts, two apples, two cars,
 * two books), so that a model must bind the colour to the subject, not to the background.
 */

export const SUBJECTS = [
  "red heart",
  "blue heart",
  "green heart",
  "yellow star",
  "red apple",
  "green apple",
  "red car",
  "blue car",
  "red book",
  "blue book",
  "sun",
  "moon",
  "cat",
  "dog",
  "fish",
  "frog",
  "pig",
  "panda",
  "tree",
  "house",
  "flower",
  "mushroom",
  "umbrella",
  "snowman",
] as const;
/** One of SUBJECTS. */
export type Subject = (typeof SUBJECTS)[number];

/** The look: "flat" is Fluent flat, "shaded" is Noto, "bold" is Twemoji. */
export const STYLES = ["flat", "shaded", "bold"] as const;
/** One of STYLES. */
export type Style = (typeof STYLES)[number];

/** Where the subject stands. */
export const PLACES = ["centre", "left", "right", "top", "bottom"] as const;
/** One of PLACES. */
export type Place = (typeof PLACES)[number];

/** How often the subject stands there. */
export const COUNTS = [1, 2, 3] as const;
/** One of COUNTS. */
export type Count = (typeof COUNTS)[number];

/**
 * Background colours, 0 .. 255: at least 90 apart in RGB, so that a small jitter never confuses
 * two.
 */
export const PALETTE = {
  red: [222, 40, 45],
  orange: [245, 140, 30],
  yellow: [252, 225, 70],
  green: [50, 160, 75],
  blue: [45, 90, 215],
  purple: [130, 55, 175],
  pink: [250, 160, 200],
  brown: [115, 70, 40],
  white: [245, 245, 245],
  black: [25, 25, 28],
} as const satisfies Record<string, readonly [number, number, number]>;
/** A name in PALETTE. */
export type Colour = keyof typeof PALETTE;
/** The names in PALETTE. */
export const COLOURS = Object.keys(PALETTE) as Colour[];

/** "centre" says nothing: it is what a caption without a place means. */
export const PLACE_PHRASES: Record<Place, string> = {
  centre: "",
  left: "on the left",
  right: "on the right",
  top: "at the top",
  bottom: "at the bottom",
};

const IRREGULAR: Record<string, string> = { fish: "fish", snowman: "snowmen" };

/** "red heart" → "red hearts", "snowman" → "snowmen", "fish" → "fish". */
export function plural(subject: string): string {
  const words = subject.split(" ");
  const last = words.pop() ?? "";
  return [...words, IRREGULAR[last] ?? `${last}s`].join(" ");
}

/** "a" or "an", by the first letter of what follows. */
export function article(next: string): "a" | "an" {
  return /^[aeiou]/.test(next) ? "an" : "a";
}
