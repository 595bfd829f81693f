/**
 * The bundled software Vulkan driver: for a machine with no GPU and no Vulkan at all.
 *
 * The npm package `@sparticuz/chromium` carries SwiftShader and a Vulkan loader for linux-x64 as
 * one brotli-compressed tar. This file unpacks the three files that matter into a cache folder,
 * once, and makes Dawn's own `dlopen("libvulkan.so.1")` find them.
 */
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { constants, homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { DeviceError } from "../errors.js";
import { readTar } from "./node-tar.js";

const PACKAGE = "@sparticuz/chromium";
const FILES = ["libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"] as const;
/** dlopen's RTLD_NODELETE: the library stays although Node refuses it as an addon. */
const RTLD_NODELETE = 0x1000;

export interface VulkanDriver {
  /** The file that VK_DRIVER_FILES must name. */
  readonly manifest: string;
  /** The loader to preload, see `preloadLibrary`. */
  readonly loader: string;
}

/** Unpacks the bundled driver if this has not been done before, and says where it lies. */
export async function unpackSwiftShader(): Promise<VulkanDriver> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new DeviceError(
      `The bundled SwiftShader runs on linux-x64, not on ${process.platform}-${process.arch}. ` +
        "Use a GPU (--adapter hardware) or, on Linux, Mesa's lavapipe (--adapter lavapipe).",
    );
  }
  const archive = await readFile(await findArchive());
  const digest = createHash("sha256").update(archive).digest("hex").slice(0, 12);
  const failures: string[] = [];
  for (const root of cacheRoots()) {
    try {
      const folder = await unpackInto(root, `swiftshader-${digest}`, archive);
      return { manifest: join(folder, FILES[2]), loader: join(folder, FILES[1]) };
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new DeviceError(
    `The bundled SwiftShader could not be unpacked: ${failures.join("; ")}. ` +
      "Set XDG_CACHE_HOME to a folder that can be written.",
  );
}

/**
 * Loads a shared library and keeps it: a later `dlopen` by the same soname finds it.
 * Node then complains that it is no addon; any other complaint means that it did not load.
 */
export function preloadLibrary(file: string): { loaded: boolean; message: string } {
  const flags = constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE;
  try {
    process.dlopen({ exports: {} }, file, flags);
    return { loaded: true, message: "" };
  } catch (error) {
    const message = messageOf(error);
    return { loaded: message.includes("did not self-register"), message };
  }
}

async function findArchive(): Promise<string> {
  for (const folder of createRequire(import.meta.url).resolve.paths(PACKAGE) ?? []) {
    const file = join(folder, PACKAGE, "bin", "swiftshader.tar.br");
    if (await exists(file)) return file;
  }
  throw new DeviceError(
    `The bundled SwiftShader needs the npm package ${PACKAGE}, which is not installed. ` +
      `Run \`npm install ${PACKAGE}@147.0.0\`, or install a Vulkan driver such as Mesa's lavapipe.`,
  );
}

function cacheRoots(): string[] {
  const home = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return [join(home, "hitofude"), join(tmpdir(), `hitofude-${process.getuid?.() ?? 0}`)];
}

/** Unpacks into a fresh folder and renames it: two processes that do so at once both succeed. */
async function unpackInto(root: string, name: string, archive: Uint8Array): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const owner = (await stat(root)).uid;
  // A library is about to be loaded from here: never from a folder that another user prepared.
  if (owner !== process.getuid?.()) throw new Error(`${root} belongs to user ${owner}`);
  const target = join(root, name);
  if (await isComplete(target)) return target;
  const scratch = await mkdtemp(join(root, `${name}-`));
  try {
    const members = readTar(await promisify(brotliDecompress)(archive));
    for (const file of FILES) {
      const content = members.get(file);
      if (content === undefined) throw new Error(`the archive holds no ${file}`);
      await writeFile(join(scratch, file), content);
    }
    await rename(scratch, target).catch(async (error: unknown) => {
      if (!(await isComplete(target))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return target;
}

async function isComplete(folder: string): Promise<boolean> {
  const found = await Promise.all(FILES.map((file) => exists(join(folder, file))));
  return found.every(Boolean);
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
