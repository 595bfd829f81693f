/**
 * Reads the committed atlases of data/ from disk.
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import type { Atlas, AtlasIndex, Pixels } from "../data/atlas.js";
import { createAtlas } from "../data/atlas.js";
import { FormatError } from "../errors.js";

/** src/io/ and dist/io/ lie equally deep, so one relative path serves both. */
const DATA = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "data");

/** The emoji sets that lie in data/. */
export const EMOJI_SETS = ["fluent-emoji-flat", "noto", "twemoji"] as const;
/** One of EMOJI_SETS. */
export type EmojiSetName = (typeof EMOJI_SETS)[number];

/** One whole set: 32x32 cells with the caption people gave them. */
export interface EmojiSet {
  readonly pixels: Pixels;
  readonly set: string;
  readonly style: string;
  readonly version: string;
  readonly licence: string;
  readonly cell: number;
  readonly columns: number;
  readonly count: number;
  readonly cells: readonly EmojiCell[];
}

/** One picture of a set, 32 × 32 pixels, and what it is called. */
export interface EmojiCell {
  readonly name: string;
  readonly caption: string;
  /** Variants of one role share it: split train and test by it, never by cell. */
  readonly base: string;
  readonly group?: string;
  readonly tags?: string;
  /** Other names of exactly the same picture. */
  readonly also?: readonly string[];
  /** Whether it may stand on a public sample sheet. */
  readonly public: boolean;
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FormatError(
      `loadAtlases: cannot read ${path}. ` +
        "Pass the folder that holds subjects.png and subjects.json.",
      { cause },
    );
  }
}

async function readPixels(path: string): Promise<Pixels> {
  const { width, height, channels, depth, data } = decode(await read(path));
  if (channels !== 4 || depth !== 8) {
    throw new FormatError(
      `loadAtlases: ${path} has ${channels} channels of ${depth} bits, not 4 of 8. ` +
        "Write it again as RGBA with scripts/atlases.",
    );
  }
  return { width, height, data: Uint8Array.from(data) };
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await read(path))) as T;
}

/**
 * The subjects of the scene composer in their three styles. `dir` holds subjects.png and
 * subjects.json.
 * @throws FormatError when a file is missing or damaged.
 */
export async function loadAtlases(dir: string = DATA): Promise<Atlas> {
  const pixels = await readPixels(join(dir, "subjects.png"));
  return createAtlas(pixels, await readJson<AtlasIndex>(join(dir, "subjects.json")));
}

/**
 * One whole emoji set with its captions.
 * @throws FormatError when a file is missing or damaged.
 */
export async function loadEmojiSet(name: EmojiSetName, dir: string = DATA): Promise<EmojiSet> {
  const pixels = await readPixels(join(dir, `${name}.png`));
  return { ...(await readJson<Omit<EmojiSet, "pixels">>(join(dir, `${name}.json`))), pixels };
}
