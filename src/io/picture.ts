/**
 * Tensors of pictures as pixels, and grids of pictures that a person can read.
 */
import { ShapeError } from "../errors.js";
import { GLYPH_HEIGHT, GLYPH_WIDTH, inked, wrap } from "./font.js";
import { channelsOf, type Picture } from "./png.js";

const PAPER = [255, 255, 255] as const;
const INK = [32, 32, 32] as const;
const LINE = GLYPH_HEIGHT + 2;
const ADVANCE = GLYPH_WIDTH + 1;

/**
 * Picture `index` of values [N, 3, size, size] in [−1, 1] as RGB bytes:
 *
 *     byte = round(255 · (clamp(v) + 1) / 2)
 */
export function toPixels(values: ArrayLike<number>, index: number, size: number): Picture {
  const plane = size * size;
  const start = 3 * plane * index;
  if (!Number.isInteger(index) || index < 0 || start + 3 * plane > values.length) {
    throw new ShapeError(
      `toPixels: there is no picture ${index} of 3 × ${size} × ${size} in ${values.length} ` +
        "values. Give the values of [N, 3, size, size] and an index below N.",
    );
  }
  const data = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) {
      const v = values[start + c * plane + i] ?? 0;
      data[3 * i + c] = Math.round((255 * (Math.min(1, Math.max(-1, v)) + 1)) / 2);
    }
  }
  return { width: size, height: size, data };
}

export interface GridOptions {
  readonly columns: number;
  /** Every pixel becomes scale × scale. Default 4. */
  readonly scale?: number;
  /** Pixels of paper around each cell. Default 6. */
  readonly gap?: number;
  /** A short text under each picture. */
  readonly labels?: readonly string[];
}

/** Pictures side by side on white paper, enlarged without smoothing, labels under them. */
export function pictureGrid(images: readonly Picture[], options: GridOptions): Picture {
  const { columns, scale = 4, gap = 6, labels = [] } = options;
  const cellWidth = scale * Math.max(1, ...images.map((image) => image.width));
  const cellHeight = scale * Math.max(1, ...images.map((image) => image.height));
  const perLine = Math.max(1, Math.floor((cellWidth + 1) / ADVANCE));
  const texts = images.map((_, i) => wrap(labels[i] ?? "", perLine));
  const rows = Math.ceil(images.length / columns);
  const tops = [gap];
  for (let row = 0; row < rows; row++) {
    const inRow = texts.slice(row * columns, (row + 1) * columns);
    const lines = Math.max(...inRow.map((text) => text.length));
    const label = lines === 0 ? 0 : 3 + LINE * lines;
    tops.push((tops[row] ?? 0) + cellHeight + label + gap);
  }
  const sheet = blank(gap + columns * (cellWidth + gap), tops[rows] ?? gap);
  images.forEach((image, i) => {
    const left = gap + (i % columns) * (cellWidth + gap);
    const top = tops[Math.floor(i / columns)] ?? 0;
    paste(sheet, image, { left, top, scale });
    const below = top + cellHeight + 3;
    texts[i]?.forEach((line, k) => {
      write(sheet, line, left, below + k * LINE);
    });
  });
  return sheet;
}

function blank(width: number, height: number): Picture {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i += 3) data.set(PAPER, i);
  return { width, height, data };
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
}

/** Nearest neighbour; transparent pixels show the paper. */
function paste(sheet: Picture, image: Picture, { left, top, scale }: Place): void {
  const channels = channelsOf(image);
  for (let y = 0; y < image.height * scale; y++) {
    for (let x = 0; x < image.width * scale; x++) {
      const from = Math.floor(y / scale) * image.width + Math.floor(x / scale);
      const to = 3 * ((top + y) * sheet.width + left + x);
      const alpha = channels === 4 ? (image.data[4 * from + 3] ?? 255) / 255 : 1;
      for (let c = 0; c < 3; c++) {
        const v = image.data[channels * from + c] ?? 0;
        sheet.data[to + c] = Math.round(alpha * v + (1 - alpha) * PAPER[0]);
      }
    }
  }
}

function write(sheet: Picture, line: string, left: number, top: number): void {
  [...line].forEach((character, k) => {
    for (let y = 0; y < GLYPH_HEIGHT; y++) {
      for (let x = 0; x < GLYPH_WIDTH; x++) {
        const column = left + k * ADVANCE + x;
        if (!inked(character, x, y) || column >= sheet.width) continue;
        sheet.data.set(INK, 3 * ((top + y) * sheet.width + column));
      }
    }
  });
}
