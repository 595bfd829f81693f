/**
 * Safetensors on disk → tensors on a device, piece by piece: a checkpoint of 5 GB takes its 5 GB on
 * the adapter and one piece of 16 MiB beside it.
 *
 *     const file = await openSafeTensors("unet/model.safetensors.index.json");
 *     const params = streamParams(device, file, { dtype: "f16" });
 *     const unet = new UNet2DConditionModel(params, config);
 *     await params.finish();
 */
import type { FileHandle } from "node:fs/promises";
import { GpuDevice } from "../device/device.js";
import type { Device } from "../device/types.js";
import { FormatError } from "../errors.js";
import type { StreamOptions, TensorSource } from "../nn/params.js";
import { bytesOf, type Dtype, encode, toFloat64 } from "../tensor/dtype.js";
import { assertRoom } from "../tensor/room.js";
import { type Shape, sameShape, showShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import {
  openFile,
  readFully,
  readIndex,
  type SafeTensorsIndex,
  type StoredEntry,
  stampOf,
} from "./node-safetensors-index.js";
import { unreadable, widthOf } from "./safetensors-header.js";
import { decodeStored, loadedAs, sameBytes } from "./safetensors-values.js";

/** The largest buffer on the host. */
export const PIECE_BYTES = 2 ** 24;

/** What may wait for the adapter at once: it keeps a copy of each piece until then. */
const IN_FLIGHT_BYTES = 4 * PIECE_BYTES;

/** Problems that one error names. */
const SHOWN = 12;

/** A file or a set of shards: what is in it, and a way to load it. */
export interface StoredTensors extends TensorSource {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, { readonly dtype: string; readonly shape: Shape }>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads the header of a `.safetensors` file, or those of the shards that a
 * `.safetensors.index.json` lists. No file stays open. Shards that are missing or damaged are
 * reported by `load`, with all else that is wrong.
 * @throws FormatError when the one file, or the list, cannot be read.
 */
export async function openSafeTensors(path: string): Promise<StoredTensors> {
  const index = await readIndex(path);
  return {
    path,
    tensors: index.entries,
    metadata: index.metadata,
    load: (device, wanted, options) => load(index, device, wanted, options),
  };
}

interface Job {
  readonly name: string;
  readonly entry: StoredEntry;
  readonly dtype: Dtype;
}

async function load(
  index: SafeTensorsIndex,
  device: Device,
  wanted: ReadonlyMap<string, Shape>,
  { prefix = "", dtype = "f32", memoryLimit }: StreamOptions,
): Promise<Map<string, Tensor>> {
  assertFits(index, wanted, prefix);
  const jobs = [...wanted.keys()].flatMap((name): Job[] => {
    const entry = index.entries.get(name);
    return entry ? [{ name, entry, dtype: loadedAs(entry.dtype, dtype) }] : [];
  });
  const sizes = jobs.map(({ name, entry, dtype }) => ({ name, shape: entry.shape, dtype }));
  assertRoom(index.path, device, sizes, { memoryLimit });
  const loaded = new Map<string, Tensor>();
  try {
    for (const [path, ofFile] of byFile(jobs)) await loadFile(index, path, ofFile, device, loaded);
    if (device instanceof GpuDevice) await device.synchronize();
  } catch (error) {
    for (const x of loaded.values()) x.dispose();
    throw error;
  }
  return loaded;
}

/** Everything that is wrong, in one error: shards, tensors that miss, differ, or are left over. */
function assertFits(
  { path, entries, problems, lost }: SafeTensorsIndex,
  wanted: ReadonlyMap<string, Shape>,
  prefix: string,
): void {
  const all = [...problems];
  for (const [name, shape] of wanted) {
    const entry = entries.get(name);
    if (!entry && !lost.has(name)) all.push(`${name} is missing`);
    if (!entry) continue;
    const problem = unreadable(name, entry.dtype);
    if (problem) all.push(problem);
    if (sameShape(entry.shape, shape)) continue;
    all.push(`${name} is ${showShape(entry.shape)}, the model needs ${showShape(shape)}`);
  }
  for (const name of [...entries.keys(), ...lost]) {
    if (name.startsWith(prefix) && !wanted.has(name)) all.push(`${name} belongs to nothing`);
  }
  if (all.length === 0) return;
  const more = all.length > SHOWN ? ` … and ${all.length - SHOWN} more` : "";
  throw new FormatError(
    `${path} does not fit the model: ${all.slice(0, SHOWN).join("; ")}${more}. ` +
      "Complete the files, and use the config that was written beside them.",
  );
}

/** Each file once, its tensors in the order in which they lie there. */
function byFile(jobs: readonly Job[]): Map<string, Job[]> {
  const files = new Map<string, Job[]>();
  for (const job of [...jobs].sort((a, b) => a.entry.begin - b.entry.begin)) {
    const list = files.get(job.entry.file);
    if (list) list.push(job);
    else files.set(job.entry.file, [job]);
  }
  return files;
}

async function loadFile(
  index: SafeTensorsIndex,
  path: string,
  jobs: readonly Job[],
  device: Device,
  loaded: Map<string, Tensor>,
): Promise<void> {
  const file = await openFile(path);
  try {
    if ((await stampOf(file)) !== index.stamps.get(path)) {
      throw new FormatError(`${path} was changed since its header was read. Open it again.`);
    }
    const piece = new Uint8Array(Math.min(PIECE_BYTES, longest(jobs)));
    let waiting = 0;
    for (const { name, entry, dtype } of jobs) {
      const x = Tensor.allocate(device, { shape: entry.shape, dtype }, name);
      loaded.set(name, x);
      for await (const bytes of piecesOf(file, entry, dtype, piece)) {
        fill(x, bytes.at, bytes.values, entry.dtype);
        waiting += bytes.values.length;
        if (waiting < IN_FLIGHT_BYTES || !(device instanceof GpuDevice)) continue;
        await device.synchronize();
        waiting = 0;
      }
    }
  } finally {
    await file.close();
  }
}

const longest = (jobs: readonly Job[]): number =>
  jobs.reduce((most, { entry }) => Math.max(most, Math.ceil(entry.bytes / 4) * 4), 4);

interface Piece {
  /** Elements before it. */
  readonly at: number;
  readonly values: Uint8Array<ArrayBuffer>;
}

/** One after another in the same memory, each a whole number of words of four bytes. */
async function* piecesOf(
  file: FileHandle,
  { file: path, dtype: stored, begin, bytes }: StoredEntry,
  dtype: Dtype,
  piece: Uint8Array<ArrayBuffer>,
): AsyncIterable<Piece> {
  const width = widthOf(stored);
  const step = sameBytes(stored, dtype) ? PIECE_BYTES : (PIECE_BYTES / 4) * width;
  for (let at = 0; at < bytes; at += step) {
    const values = piece.subarray(0, Math.min(step, bytes - at));
    await readFully(file, values, begin + at, path);
    yield { at: at / width, values };
  }
}

/** Writes a piece into `x` from element `at` on. */
function fill(x: Tensor, at: number, bytes: Uint8Array<ArrayBuffer>, stored: string): void {
  if (!(x.device instanceof GpuDevice)) {
    x.reference.data.set(toFloat64(x.dtype, decodeStored(bytes, stored), x.label), at);
    return;
  }
  const { device, buffer, offset, size } = x.gpu;
  const range = { buffer, offset: offset + at * bytesOf(x.dtype), size };
  if (!sameBytes(stored, x.dtype)) {
    device.write(range, encode(x.dtype, decodeStored(bytes, stored), x.label));
    return;
  }
  // An odd number of halves: the buffer is padded, and so is the memory of the piece.
  device.write(range, new Uint8Array(bytes.buffer, 0, Math.ceil(bytes.length / 4) * 4));
}
