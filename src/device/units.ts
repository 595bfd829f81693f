/** Numbers as reports and errors show them. */

const SIZES = ["bytes", "KiB", "MiB", "GiB"] as const;

/** Bytes in the largest unit of which there is at least one, to a tenth. */
export function showBytes(bytes: number): string {
  const power = Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${SIZES[power]}`;
}
