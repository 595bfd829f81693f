/**
 * The pictures a scene is made of: decoded pixels, and sprites cut from them.
 *
 * A sprite is one cell trimmed to its visible part and shrunk so that its longer side is `size`.
 * The shrinking is an area average with premultiplied alpha (colour · alpha is what adds up
 * linearly):
 *
 *     out(x) = Σ_i overlap(x, i) in(i) / Σ_i overlap(x, i)        along each axis
 */
import { FormatError } from "../errors.js";
import type { Style, Subject } from "./words.js";
import { STYLES, SUBJECTS } from "./words.js";

/** Decoded RGBA, 8 bits, straight alpha, row-major [height, width, 4]. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** What data/subjects.json says about data/subjects.png. */
export interface AtlasIndex {
  readonly cell: number;
  readonly columns: number;
  readonly cells: readonly { readonly subject: string; readonly style: string }[];
}

/** Premultiplied RGBA in [0, 1], [height, width, 4]. */
export interface Sprite {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export interface Atlas {
  readonly pixels: Pixels;
  readonly index: AtlasIndex;
  /**
   * The trimmed picture with its longer side shrunk to `size` pixels (kept after the first call).
   */
  sprite(subject: Subject, style: Style, size: number): Sprite;
}

/** One cell → premultiplied floats, trimmed to the pixels whose alpha is at least 1/8. */
function cutCell(pixels: Pixels, index: AtlasIndex, at: number): Sprite {
  const { cell, columns } = index;
  const left = (at % columns) * cell;
  const top = Math.floor(at / columns) * cell;
  const offset = (x: number, y: number) => ((top + y) * pixels.width + left + x) * 4;
  let [x0, y0, x1, y1] = [cell, cell, 0, 0];
  for (let y = 0; y < cell; y++) {
    for (let x = 0; x < cell; x++) {
      if ((pixels.data[offset(x, y) + 3] ?? 0) < 32) continue;
      x0 = Math.min(x0, x);
      y0 = Math.min(y0, y);
      x1 = Math.max(x1, x + 1);
      y1 = Math.max(y1, y + 1);
    }
  }
  const [width, height] = [Math.max(0, x1 - x0), Math.max(0, y1 - y0)];
  const data = new Float32Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = offset(x0 + x, y0 + y);
      const to = (y * width + x) * 4;
      const alpha = (pixels.data[from + 3] ?? 0) / 255;
      for (let c = 0; c < 3; c++) data[to + c] = ((pixels.data[from + c] ?? 0) / 255) * alpha;
      data[to + 3] = alpha;
    }
  }
  return { width, height, data };
}

/** Area average along x: [h, w, 4] → [h, width, 4]. */
function shrinkRows(from: Sprite, width: number): Sprite {
  const { height } = from;
  const data = new Float32Array(width * height * 4);
  const ratio = from.width / width;
  for (let x = 0; x < width; x++) {
    const [start, end] = [x * ratio, (x + 1) * ratio];
    for (let i = Math.floor(start); i < Math.min(from.width, Math.ceil(end)); i++) {
      const share = (Math.min(end, i + 1) - Math.max(start, i)) / ratio;
      if (share <= 0) continue;
      for (let y = 0; y < height; y++) {
        const p = (y * from.width + i) * 4;
        const o = (y * width + x) * 4;
        for (let c = 0; c < 4; c++)
          data[o + c] = (data[o + c] ?? 0) + share * (from.data[p + c] ?? 0);
      }
    }
  }
  return { width, height, data };
}

function transpose({ width, height, data }: Sprite): Sprite {
  const turned = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      turned.set(data.subarray(from, from + 4), (x * height + y) * 4);
    }
  }
  return { width: height, height: width, data: turned };
}

function shrink(sprite: Sprite, size: number): Sprite {
  const scale = size / Math.max(sprite.width, sprite.height);
  const width = Math.max(1, Math.round(sprite.width * scale));
  const height = Math.max(1, Math.round(sprite.height * scale));
  return transpose(shrinkRows(transpose(shrinkRows(sprite, width)), height));
}

function cellNumbers(index: AtlasIndex): Map<string, number> {
  const cells = new Map(index.cells.map((c, at) => [`${c.subject}|${c.style}`, at]));
  for (const subject of SUBJECTS) {
    for (const style of STYLES) {
      if (cells.has(`${subject}|${style}`)) continue;
      throw new FormatError(
        `createAtlas: no cell for "${subject}" in the style "${style}" ` +
          `among ${cells.size} cells. Build data/subjects.png again with scripts/atlases.`,
      );
    }
  }
  return cells;
}

/**
 * Decoded pixels and their index → an atlas.
 * @throws FormatError when index and pixels do not fit.
 */
export function createAtlas(pixels: Pixels, index: AtlasIndex): Atlas {
  const rows = Math.ceil(index.cells.length / index.columns);
  const [width, height] = [index.columns * index.cell, rows * index.cell];
  if (pixels.width !== width || pixels.height !== height) {
    throw new FormatError(
      `createAtlas: the picture is ${pixels.width}x${pixels.height}, its index needs ` +
        `${width}x${height}. Take the PNG and the JSON of the same build.`,
    );
  }
  const numbers = cellNumbers(index);
  const cuts = new Map<string, Sprite>();
  const shrunk = new Map<string, Sprite>();
  const remember = (map: Map<string, Sprite>, key: string, make: () => Sprite): Sprite => {
    const known = map.get(key);
    if (known) return known;
    const made = make();
    map.set(key, made);
    return made;
  };
  const sprite = (subject: Subject, style: Style, size: number): Sprite => {
    const name = `${subject}|${style}`;
    const cut = () =>
      remember(cuts, name, () => cutCell(pixels, index, numbers.get(name) as number));
    return remember(shrunk, `${name}|${size}`, () => shrink(cut(), size));
  };
  return { pixels, index, sprite };
}
