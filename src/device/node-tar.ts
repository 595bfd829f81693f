/**
 * A tar archive's plain files, by name.
 *
 *     archive = (header [512] · content [size, padded to 512])*
 *
 * Source: POSIX.1-1988 ustar; a header holds the name at 0, the size in octal at 124, the type at
 * 156 ("0" or NUL = plain file) and the name's prefix at 345.
 */
const BLOCK = 512;

export function readTar(archive: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let offset = 0;
  while (offset + BLOCK <= archive.length && archive[offset] !== 0) {
    const header = archive.subarray(offset, offset + BLOCK);
    const size = Number.parseInt(field(header, 124, 12), 8);
    const start = offset + BLOCK;
    if (Number.isNaN(size) || start + size > archive.length) {
      throw new Error(`tar: the archive is damaged or cut short at byte ${offset}`);
    }
    if (field(header, 156, 1) === "" || field(header, 156, 1) === "0") {
      files.set(fileName(header), archive.subarray(start, start + size));
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function fileName(header: Uint8Array): string {
  const prefix = field(header, 257, 5) === "ustar" ? field(header, 345, 155) : "";
  const name = field(header, 0, 100);
  return (prefix === "" ? name : `${prefix}/${name}`).replace(/^\.\//, "");
}

/** A NUL-terminated text field. */
function field(header: Uint8Array, start: number, length: number): string {
  const bytes = header.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
