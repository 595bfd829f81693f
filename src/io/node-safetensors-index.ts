/**
 * What lies where in a safetensors file on disk, or in a set of shards:
 *
 *     model.safetensors                                    a file
 *     model.safetensors.index.json                         { "weight_map": { name: shard } }
 *     model-00001-of-00002.safetensors, …                  its shards, in the same folder
 *
 * Headers alone are read; problems are gathered, so that one error can name all of them.
 */
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FormatError } from "../errors.js";
import type { Shape } from "../tensor/shape.js";
import { readJson, reason } from "./node-files.js";
import {
  damaged,
  type Header,
  headerLength,
  isRecord,
  LENGTH_BYTES,
  parseHeader,
  RESTORE,
} from "./safetensors-header.js";

/** A tensor on disk. */
export interface StoredEntry {
  readonly file: string;
  readonly dtype: string;
  readonly shape: Shape;
  /** Its first byte, counted from the start of the file. */
  readonly begin: number;
  readonly bytes: number;
}

export interface SafeTensorsIndex {
  readonly path: string;
  readonly entries: ReadonlyMap<string, StoredEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** How each file looked when its header was read. */
  readonly stamps: ReadonlyMap<string, string>;
  /** What is wrong with the set, in half sentences. */
  readonly problems: readonly string[];
  /** Tensors that the index names and the shards do not have, or that cannot be read. */
  readonly lost: ReadonlySet<string>;
}

interface FileHeader extends Header {
  readonly start: number;
  readonly stamp: string;
}

const CHECK = ". Check the path.";

/** @throws FormatError when the one file, or the list of shards, cannot be read. */
export async function readIndex(path: string): Promise<SafeTensorsIndex> {
  if (path.endsWith(".json")) return readSet(path);
  const header = await readHeader(path);
  const entries = new Map(placed(path, header));
  const stamps = new Map([[path, header.stamp]]);
  return { path, entries, metadata: header.metadata, stamps, problems: [], lost: new Set() };
}

async function readSet(path: string): Promise<SafeTensorsIndex> {
  const shards = shardsOf(path);
  const entries = new Map<string, StoredEntry>();
  const stamps = new Map<string, string>();
  const problems: string[] = [];
  const lost = new Set<string>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [shard, names] of shards) {
    const file = join(dirname(path), shard);
    const header = await readHeader(file).catch(problemOf);
    if (typeof header === "string") {
      const some = [...names].slice(0, 3).join(", ");
      problems.push(`${header} (${names.size} tensors: ${some}${names.size > 3 ? ", …" : ""})`);
      for (const name of names) lost.add(name);
      continue;
    }
    stamps.set(file, header.stamp);
    metadata = { ...metadata, ...header.metadata };
    for (const [name, entry] of placed(file, header)) {
      if (names.delete(name)) entries.set(name, entry);
      else problems.push(`${name} is in ${shard}, and the index does not say so`);
    }
    for (const name of names) {
      problems.push(`${name} is missing in ${shard}`);
      lost.add(name);
    }
  }
  return { path, entries, metadata, stamps, problems, lost };
}

/** Shard → the names of its tensors. */
function shardsOf(path: string): Map<string, Set<string>> {
  const table = readJson(path);
  const map = isRecord(table) ? table.weight_map : undefined;
  if (!isRecord(map)) {
    throw new FormatError(`${path} is no list of shards: it has no weight_map${RESTORE}`);
  }
  const shards = new Map<string, Set<string>>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || basename(shard) !== shard || /^\.*$|\\/.test(shard)) {
      throw new FormatError(
        `${path}: ${name} lies in ${JSON.stringify(shard)}, which is no name of a file beside it. ` +
          "Correct its weight_map.",
      );
    }
    const names = shards.get(shard);
    if (names) names.add(name);
    else shards.set(shard, new Set([name]));
  }
  return shards;
}

function problemOf(error: unknown): string {
  if (!(error instanceof FormatError)) throw error;
  const advice = [RESTORE, CHECK].find((text) => error.message.endsWith(text)) ?? "";
  return error.message.slice(0, error.message.length - advice.length);
}

function* placed(file: string, { entries, start }: FileHeader): Iterable<[string, StoredEntry]> {
  for (const [name, { dtype, shape, data_offsets }] of entries) {
    const [begin, end] = data_offsets;
    yield [name, { file, dtype, shape, begin: start + begin, bytes: end - begin }];
  }
}

async function readHeader(path: string): Promise<FileHeader> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const start = new Uint8Array(Math.min(LENGTH_BYTES, size));
    await readFully(file, start, 0, path);
    const json = new Uint8Array(headerLength(start, size, path));
    await readFully(file, json, LENGTH_BYTES, path);
    const end = LENGTH_BYTES + json.length;
    return { ...parseHeader(json, size - end, path), start: end, stamp: await stampOf(file) };
  } finally {
    await file.close();
  }
}

export async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw new FormatError(`${path} cannot be read (${reason(error)})${CHECK}`);
  }
}

/** Fills `bytes` from the position `at` on. */
export async function readFully(
  file: FileHandle,
  bytes: Uint8Array,
  at: number,
  path: string,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file
      .read(bytes, done, bytes.length - done, at + done)
      .catch((error: unknown) => {
        throw new FormatError(`${path} cannot be read (${reason(error)})${CHECK}`);
      });
    if (bytesRead === 0) throw damaged(path, `it ends at byte ${at + done}`);
    done += bytesRead;
  }
}

/** Two files that differ in nothing but values have two stamps, unless one was written in place. */
export async function stampOf(file: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeNs } = await file.stat({ bigint: true });
  return `${dev} ${ino} ${size} ${mtimeNs}`;
}
