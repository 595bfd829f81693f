/** The data layer: captions, scenes, pictures, and the checkers that read them back. */
export type { Atlas, AtlasIndex, Pixels, Sprite } from "./atlas.js";
export { createAtlas } from "./atlas.js";
export type { Blob, Box, Reading, SceneCheck } from "./check.js";
export { checkScene, nearestColour, readScene } from "./check.js";
export type { Scene } from "./grammar.js";
export { caption, parseCaption } from "./grammar.js";
export type { Identity } from "./identify.js";
export { identifySubject, subjectError } from "./identify.js";
export { childSeed, Rng } from "./random.js";
export type { Batch, BatchOptions } from "./render.js";
export { makeBatch, renderScene, renderSceneInto, SCENE_LENGTH } from "./render.js";
export type { Layout, SampleOptions, Split } from "./scene.js";
export { layoutOf, SCENE_SIZE, sampleScene } from "./scene.js";
export { HELD_OUT, isHeldOut, isHeldOutPair, isVisiblePair } from "./split.js";
export type { Tokens } from "./tokenizer.js";
export {
  detokenize,
  MAX_TOKENS,
  PADDING_ID,
  tokenize,
  UNKNOWN_ID,
  VOCABULARY,
} from "./tokenizer.js";
export type { Colour, Count, Place, Style, Subject } from "./words.js";
export { COLOURS, COUNTS, PALETTE, PLACES, STYLES, SUBJECTS } from "./words.js";
