/**
 * A bitmap font of 5 × 8 pixels for the labels of preview pictures. A glyph is 8 rows from top to
 * bottom, each one digit in base 32 whose bits are the 5 pixels from left to right; capitals use
 * rows 0 to 6, row 7 is for descenders.
 */
export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 8;

const GLYPHS: Readonly<Record<string, string>> = {
  A: "ehhvhhh0",
  B: "uhhuhhu0",
  C: "ehggghe0",
  D: "uhhhhhu0",
  E: "vgguggv0",
  F: "vgguggg0",
  G: "ehgnhhf0",
  H: "hhhvhhh0",
  I: "e44444e0",
  J: "72222ic0",
  K: "hikokih0",
  L: "ggggggv0",
  M: "hrllhhh0",
  N: "hpljhhh0",
  O: "ehhhhhe0",
  P: "uhhuggg0",
  Q: "ehhhlid0",
  R: "uhhukih0",
  S: "fgge11u0",
  T: "v4444440",
  U: "hhhhhhe0",
  V: "hhhhha40",
  W: "hhhllla0",
  X: "hha4ahh0",
  Y: "hha44440",
  Z: "v1248gv0",
  a: "00e1fhf0",
  b: "gguhhhu0",
  c: "00ehghe0",
  d: "11fhhhf0",
  e: "00ehvge0",
  f: "68s88880",
  g: "00fhhf1e",
  h: "gguhhhh0",
  i: "40c444e0",
  j: "206222ic",
  k: "ggikoki0",
  l: "c44444e0",
  m: "00qllll0",
  n: "00uhhhh0",
  o: "00ehhhe0",
  p: "00uhhugg",
  q: "00fhhf11",
  r: "00mpggg0",
  s: "00fge1u0",
  t: "88s88960",
  u: "00hhhhf0",
  v: "00hhha40",
  w: "00hhlla0",
  x: "00ha4ah0",
  y: "00hhhf1e",
  z: "00v248v0",
  "0": "ehjlphe0",
  "1": "4c4444e0",
  "2": "eh1248v0",
  "3": "v2421he0",
  "4": "26aiv220",
  "5": "vgu11he0",
  "6": "68guhhe0",
  "7": "v1244440",
  "8": "ehhehhe0",
  "9": "ehhf12c0",
  " ": "00000000",
  ",": "00000c48",
  ".": "00000cc0",
  ":": "0cc0cc00",
  "-": "000e0000",
  "=": "00v0v000",
};

/** Stands for every character that has no glyph. */
const UNKNOWN = "vhhhhhv0";

/** Whether the pixel (x, y) of a character is ink. */
export function inked(character: string, x: number, y: number): boolean {
  const rows = Object.hasOwn(GLYPHS, character) ? GLYPHS[character] : UNKNOWN;
  const row = Number.parseInt(rows?.[y] ?? "0", 32);
  return ((row >> (GLYPH_WIDTH - 1 - x)) & 1) === 1;
}

/**
 * Breaks a text into lines of at most `width` characters: between words, and inside a word only
 * when it is longer than a line.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((w) => w !== "")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (joined.length <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  return line === "" ? lines : [...lines, line];
}
