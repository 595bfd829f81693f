import fc from "fast-check";
import { encode } from "fast-png";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { inked, wrap } from "../../src/io/font.js";
import { pictureGrid, toPixels } from "../../src/io/picture.js";
import { decodePng, encodePng, type Picture } from "../../src/io/png.js";

const picture: fc.Arbitrary<Picture> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom(3, 4))
  .chain(([width, height, channels]) => {
    const length = width * height * channels;
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((data) => ({ width, height, data }));
  });

describe("png", () => {
  test("round trip", () => {
    fc.assert(
      fc.property(picture, (image) => {
        const { width, height, data } = decodePng(encodePng(image));
        expect([width, height]).toEqual([image.width, image.height]);
        expect(data).toEqual(image.data);
      }),
    );
  });

  test("starts with the PNG signature", () => {
    const bytes = encodePng({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3) });
    expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  });

  test("grey, 16 bits and palettes become 8-bit RGB(A)", () => {
    const size = { width: 2, height: 1 };
    const read = (image: Parameters<typeof encode>[0]): number[] => [
      ...decodePng(encode(image)).data,
    ];
    expect(read({ ...size, channels: 1, data: Uint8Array.of(5, 9) })).toEqual([5, 5, 5, 9, 9, 9]);
    expect(read({ ...size, channels: 2, data: Uint8Array.of(5, 1, 9, 2) })).toEqual([
      5, 5, 5, 1, 9, 9, 9, 2,
    ]);
    const deep = Uint16Array.of(0x0102, 0x0304, 0x0506, 0xffff, 0, 0x8000);
    expect(read({ ...size, channels: 3, depth: 16, data: deep })).toEqual([1, 3, 5, 255, 0, 128]);
    const palette = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    expect(read({ ...size, channels: 1, palette, data: Uint8Array.of(1, 0) })).toEqual([
      4, 5, 6, 1, 2, 3,
    ]);
  });

  test("damaged files are refused", () => {
    const bytes = encodePng({ width: 2, height: 2, data: new Uint8Array(12).fill(7) });
    for (const length of [0, 4, 8, 20, 40, bytes.length - 16]) {
      expect(() => decodePng(bytes.slice(0, length)), `${length} bytes`).toThrow(FormatError);
    }
    const flipped = bytes.slice();
    flipped[20] = 0xff;
    expect(() => decodePng(flipped)).toThrow(FormatError);
    const grey = { width: 8, height: 1, data: Uint8Array.of(0b10101010), channels: 1 } as const;
    const bits = encode({ ...grey, depth: 1 });
    expect(() => decodePng(bits, "bits.png")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: bits.png is no readable PNG: it has 1-bit grey values. Restore it, or name another one.]`,
    );
    expect(() => decodePng(Uint8Array.of(1, 2, 3), "a.png")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: a.png is no readable PNG: wrong PNG signature. Restore it, or name another one.]`,
    );
  });

  test("bytes that do not fill the picture are refused", () => {
    const bad = { width: 2, height: 2, data: new Uint8Array(5) };
    expect(() => encodePng(bad)).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: picture: 5 bytes are no 2 × 2 pixels. Give 3 (RGB) or 4 (RGBA) bytes for each pixel.]`,
    );
  });
});

describe("toPixels", () => {
  test("−1 is 0, 1 is 255, what lies outside is cut, values are rounded", () => {
    const values = Float32Array.of(-1, 1, -7, 7, 0, 0.5, 1 / 255, -0.5, -1, -1, -1, -1);
    const { width, height, data } = toPixels(values, 0, 2);
    expect([width, height]).toEqual([2, 2]);
    expect([...data]).toEqual([0, 128, 0, 255, 191, 0, 0, 128, 0, 255, 64, 0]);
  });

  test("takes the picture asked for", () => {
    const values = Float32Array.from({ length: 2 * 3 }, (_, i) => i / 5);
    expect([...toPixels(values, 1, 1).data]).toEqual([204, 230, 255]);
    expect(() => toPixels(values, 2, 1)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: toPixels: there is no picture 2 of 3 × 1 × 1 in 6 values. Give the values of [N, 3, size, size] and an index below N.]`,
    );
  });

  test("undoes byte / 127.5 − 1 for every byte", () => {
    const bytes = Uint8Array.from({ length: 3 * 256 }, (_, i) => Math.floor(i / 3));
    const plane = Float32Array.from({ length: 256 }, (_, i) => i / 127.5 - 1);
    const values = Float32Array.of(...plane, ...plane, ...plane);
    expect(toPixels(values, 0, 16).data).toEqual(bytes);
  });
});

describe("pictureGrid", () => {
  const dot = (...rgb: number[]): Picture => ({ width: 1, height: 1, data: Uint8Array.from(rgb) });
  const at = (sheet: Picture, x: number, y: number): number[] => {
    const i = 3 * (y * sheet.width + x);
    return [...sheet.data.subarray(i, i + 3)];
  };

  test("cells, gaps and a last row that is not full", () => {
    const images = [dot(1, 2, 3), dot(4, 5, 6), dot(7, 8, 9)];
    const sheet = pictureGrid(images, { columns: 2, scale: 3, gap: 2 });
    expect([sheet.width, sheet.height]).toEqual([2 + 5 + 5, 2 + 5 + 5]);
    expect(sheet.data.length).toBe(3 * 12 * 12);
    expect(at(sheet, 2, 2)).toEqual([1, 2, 3]);
    expect(at(sheet, 4, 4)).toEqual([1, 2, 3]);
    expect(at(sheet, 5, 2)).toEqual([255, 255, 255]);
    expect(at(sheet, 7, 2)).toEqual([4, 5, 6]);
    expect(at(sheet, 2, 7)).toEqual([7, 8, 9]);
    expect(at(sheet, 7, 7)).toEqual([255, 255, 255]);
  });

  test("transparent pixels show the paper", () => {
    const sheet = pictureGrid([dot(0, 0, 0, 0)], { columns: 1, scale: 1, gap: 0 });
    expect([...sheet.data]).toEqual([255, 255, 255]);
  });

  test("labels add lines under their row and stay inside the sheet", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 30 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 3 }),
        (labels, columns) => {
          const images = Array.from({ length: 5 }, () => dot(9, 9, 9));
          const plain = pictureGrid(images, { columns, scale: 24 });
          const sheet = pictureGrid(images, { columns, scale: 24, labels });
          expect(sheet.width).toBe(plain.width);
          expect(sheet.height).toBeGreaterThanOrEqual(plain.height);
          expect(sheet.data.length).toBe(3 * sheet.width * sheet.height);
        },
      ),
    );
  });

  test("an empty list gives a small sheet", () => {
    expect(pictureGrid([], { columns: 3, gap: 2 }).data.length).toBeGreaterThan(0);
  });
});

describe("font", () => {
  const draw = (text: string): string =>
    Array.from({ length: 8 }, (_, y) =>
      [...text]
        .map((c) => Array.from({ length: 5 }, (_, x) => (inked(c, x, y) ? "#" : ".")).join(""))
        .join("."),
    ).join("\n");

  test("letters look like letters", () => {
    expect(draw("Aa3g")).toMatchInlineSnapshot(`
      ".###........#####......
      #...#..........#.......
      #...#..###....#....####
      #####.....#....#..#...#
      #...#..####.....#.#...#
      #...#.#...#.#...#..####
      #...#..####..###......#
      ...................###."
    `);
  });

  test("no two characters look alike", () => {
    const all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ,-.:=";
    expect(new Set([...all].map(draw)).size).toBe(all.length);
    expect(draw("é")).toBe(draw("%"));
  });

  test("wrapping loses nothing but blanks, and no line is too long", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (text, width) => {
        const lines = wrap(text, width);
        expect(lines.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
    expect(wrap("two cats, one red hat", 9)).toEqual(["two cats,", "one red", "hat"]);
  });
});
