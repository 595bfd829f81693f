/** Files as bytes. What opens them is exported by src/node.ts. */
export { type GridOptions, pictureGrid, toPixels } from "./picture.js";
export { decodePng, encodePng, type Picture } from "./png.js";
export {
  readSafeTensors,
  type SafeTensor,
  type SafeTensorsFile,
  type StorePrecision,
  writeSafeTensors,
} from "./safetensors.js";
