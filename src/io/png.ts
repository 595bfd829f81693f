/**
 * Pictures as PNG bytes. Pure: works in a browser as under Node.
 */
import { convertIndexedToRgb, type DecodedPng, decode, encode } from "fast-png";
import { FormatError } from "../errors.js";

/** 8-bit RGB or RGBA, row-major [height, width, 3 or 4]. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** 3 or 4: how many bytes a pixel has. */
export function channelsOf({ width, height, data }: Picture): 3 | 4 {
  if (data.length === 3 * width * height) return 3;
  if (data.length === 4 * width * height) return 4;
  throw new FormatError(
    `picture: ${data.length} bytes are no ${width} × ${height} pixels. ` +
      "Give 3 (RGB) or 4 (RGBA) bytes for each pixel.",
  );
}

/**
 * 8-bit RGB or RGBA → the bytes of a PNG file.
 * @throws FormatError when the number of bytes does not fit the size.
 */
export function encodePng(picture: Picture): Uint8Array {
  const { width, height, data } = picture;
  return encode({ width, height, data, channels: channelsOf(picture), depth: 8 });
}

/**
 * Any PNG as 8-bit RGB or RGBA: grey is repeated, a palette looked up, 16 bits lose the lower 8.
 * @throws FormatError when the bytes are no PNG, naming `source`.
 */
export function decodePng(bytes: Uint8Array, source = "file"): Picture {
  try {
    const png = decode(bytes, { checkCrc: true });
    const { width, height } = png;
    return { width, height, data: png.palette ? convertIndexedToRgb(png) : direct(png) };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new FormatError(
      `${source} is no readable PNG: ${what.replace(/\.$/, "")}. Restore it, or name another one.`,
    );
  }
}

function direct({ width, height, data, depth, channels }: DecodedPng): Uint8Array {
  if (depth < 8) throw new FormatError(`it has ${depth}-bit grey values`);
  const bytes = depth === 16 ? Uint8Array.from(data, (v) => v >> 8) : Uint8Array.from(data);
  if (channels > 2) return bytes;
  const out = new Uint8Array(width * height * (channels + 2));
  for (let i = 0; i < width * height; i++) {
    out.fill(bytes[i * channels] ?? 0, i * (channels + 2), i * (channels + 2) + 3);
    if (channels === 2) out[i * 4 + 3] = bytes[i * 2 + 1] ?? 0;
  }
  return out;
}
