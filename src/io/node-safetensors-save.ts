/**
 * Tensors of a device → safetensors on disk, piece by piece: no tensor is ever whole on the host.
 *
 *     model.safetensors                                  where all fit into one file, else
 *     model-00001-of-00003.safetensors, …                shards of at most maxShardBytes
 *     model.safetensors.index.json                       which tensor lies in which
 *
 * Files are written under temporary names, synced, and renamed when the last one is whole; the list
 * of shards comes at the end.
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { GpuDevice } from "../device/device.js";
import { FormatError, HitofudeError, UsageError } from "../errors.js";
import { bytesOf, decode, fromFloat64, type TensorData } from "../tensor/dtype.js";
import { type Tensor, wholeWords } from "../tensor/tensor.js";
import { makeFolder, reason, writeFile } from "./node-files.js";
import { checkStored } from "./safetensors.js";
import { type Entry, formatHeader, widthOf } from "./safetensors-header.js";
import { encodeStored, type StorePrecision, sameBytes, storedAs } from "./safetensors-values.js";

/** Elements that are on the host at once: 16 MiB as f32. */
const PIECE = 2 ** 22;

/** How to store; `maxShardBytes` is in bytes. */
export interface SaveOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** What floats are stored as; without it each as it is. */
  readonly precision?: StorePrecision;
  /** Bytes of values in one file; a tensor that is larger gets a file of its own. */
  readonly maxShardBytes?: number;
}

interface Item {
  readonly name: string;
  readonly x: Tensor;
  readonly stored: string;
  readonly bytes: number;
}

interface File {
  readonly path: string;
  readonly temporary: string;
  readonly items: readonly Item[];
}

/**
 * Saves `tensors`, whole or not at all.
 * @returns the paths written, the list of shards last.
 */
export async function saveSafeTensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  options: SaveOptions = {},
): Promise<readonly string[]> {
  const { metadata = {}, precision, maxShardBytes = Number.POSITIVE_INFINITY } = options;
  if (!(maxShardBytes > 0)) {
    throw new UsageError(
      `saveSafeTensors: maxShardBytes is ${maxShardBytes}. Give a number of bytes above 0.`,
    );
  }
  const items = [...tensors].map(([name, x]) => itemOf(name, x, precision));
  const shards = split(items, maxShardBytes);
  const files = shards.map((shard, i) => fileOf(path, shard, i, shards.length));
  let replaced = 0;
  try {
    makeFolder(dirname(path));
    for (const file of files) await writeShard(file, metadata);
    for (const { temporary, path: final } of files) {
      await rename(temporary, final);
      replaced += 1;
    }
  } catch (error) {
    for (const { temporary } of files) await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof HitofudeError) throw error;
    const changed = replaced === 0 ? "Nothing was changed" : `${replaced} shards were replaced`;
    throw new FormatError(
      `${path} cannot be written (${reason(error)}). ${changed}; ` +
        "free some space or choose another place.",
    );
  }
  const paths = files.map((file) => file.path);
  return files.length === 1 ? paths : [...paths, writeList(path, files)];
}

function itemOf(name: string, x: Tensor, precision: StorePrecision | undefined): Item {
  checkStored(name, x.shape, x.size);
  const stored = storedAs(x.dtype, precision);
  return { name, x, stored, bytes: widthOf(stored) * x.size };
}

/** In the order given, each shard as full as it can be. */
function split(items: readonly Item[], maxBytes: number): Item[][] {
  const shards: Item[][] = [[]];
  let filled = 0;
  for (const item of items) {
    if (filled > 0 && filled + item.bytes > maxBytes) {
      shards.push([]);
      filled = 0;
    }
    shards.at(-1)?.push(item);
    filled += item.bytes;
  }
  return shards;
}

function fileOf(path: string, items: readonly Item[], i: number, count: number): File {
  const five = (n: number): string => String(n).padStart(5, "0");
  const stem = basename(path).replace(/\.safetensors$/, "");
  const name = `${stem}-${five(i + 1)}-of-${five(count)}.safetensors`;
  const final = count === 1 ? path : join(dirname(path), name);
  return { path: final, temporary: `${final}.${randomUUID()}.tmp`, items };
}

function writeList(path: string, files: readonly File[]): string {
  const map = files.flatMap(({ path: file, items }) =>
    items.map(({ name }) => [name, basename(file)] as const),
  );
  const total_size = files.flatMap(({ items }) => items).reduce((sum, item) => sum + item.bytes, 0);
  const table = { metadata: { total_size }, weight_map: Object.fromEntries(map) };
  const list = `${path}.index.json`;
  writeFile(list, `${JSON.stringify(table, null, 2)}\n`);
  return list;
}

async function writeShard({ temporary, items }: File, metadata: SaveOptions["metadata"] = {}) {
  let at = 0;
  const entries = items.map(({ name, x, stored, bytes }): [string, Entry] => {
    const begin = at;
    at += bytes;
    return [name, { dtype: stored, shape: x.shape, data_offsets: [begin, at] }];
  });
  const file = await open(temporary, "wx");
  try {
    await writeFully(file, formatHeader(entries, metadata));
    for (const { x, stored } of items) {
      for await (const bytes of piecesOf(x, stored)) await writeFully(file, bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

async function* piecesOf(x: Tensor, stored: string): AsyncIterable<Uint8Array> {
  for (let at = 0; at < x.size; at += PIECE) {
    const count = Math.min(PIECE, x.size - at);
    if (!(x.device instanceof GpuDevice)) {
      yield encodeStored(reference(x, at, count), stored);
      continue;
    }
    const { device, buffer, offset, size } = x.gpu;
    const bytes = count * bytesOf(x.dtype);
    const range = { buffer, offset: offset + at * bytesOf(x.dtype), size };
    const raw = await device.read(range, wholeWords(bytes));
    if (sameBytes(stored, x.dtype)) yield new Uint8Array(raw, 0, bytes);
    else yield encodeStored(decode(x.dtype, raw, count), stored);
  }
}

function reference(x: Tensor, at: number, count: number): TensorData {
  return fromFloat64(x.dtype, x.reference.data.subarray(at, at + count));
}
