/**
 * Hitofude under Node: all of the browser's part, and what opens adapters and files.
 *
 * @module
 */
export { ADAPTER_CHOICES, type AdapterKind } from "./device/node-adapter.js";
export { type NodeDevice, type NodeDeviceOptions, openNodeDevice } from "./device/node-device.js";
export * from "./index.js";
export {
  EMOJI_SETS,
  type EmojiCell,
  type EmojiSet,
  type EmojiSetName,
  loadAtlases,
  loadEmojiSet,
} from "./io/node-atlas.js";
export {
  type Counters,
  type Json,
  loadModel,
  loadRun,
  type Run,
  saveModel,
  saveRun,
} from "./io/node-checkpoint.js";
export { readFile, readJson, writeFile } from "./io/node-files.js";
export { openSafeTensors, type StoredTensors } from "./io/node-safetensors.js";
export { type SaveOptions, saveSafeTensors } from "./io/node-safetensors-save.js";
