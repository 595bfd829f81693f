/**
 * WebGPU under Node: the npm package `webgpu` (Dawn), and the adapter to run on.
 *
 *     auto        = hardware, else the system's software driver, else the bundled SwiftShader
 *     hardware    = a GPU
 *     lavapipe    = Mesa's software driver (version 24 or newer)
 *     swiftshader = the software driver that `npm ci` has brought
 *
 * What Dawn's `adapter.info` says, as measured: a software driver has `isFallbackAdapter` true
 * (lavapipe: vendor "mesa", architecture "software", device "llvmpipe-llvm-…"; SwiftShader: vendor
 * "google", architecture "swiftshader", device "swiftshader-device-subzero-"). The null backend,
 * which answers garbage without an error, claims to be no fallback; its device is "null-backend".
 */
import { tmpdir } from "node:os";
import { DeviceError, UsageError } from "../errors.js";
import { preloadLibrary, unpackSwiftShader } from "./node-swiftshader.js";

/** What an adapter is: a GPU, a software driver of the system, or the one that npm brought. */
export type AdapterKind = "hardware" | "system software" | "bundled software";

export interface NodeAdapter {
  /** Dawn's root object. When it is collected the process aborts: keep it while a device lives. */
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  readonly kind: AdapterKind;
  /** What the driver calls itself. */
  readonly name: string;
  /** Lets go of Dawn; destroy the devices first. */
  release(): void;
}

interface Dawn {
  create(flags: readonly string[]): GPU;
  readonly globals: Record<string, unknown>;
}
type Found = Omit<NodeAdapter, "release">;

const OPENERS: ReadonlyMap<string, (dawn: Dawn) => Promise<Found>> = new Map([
  ["auto", openAny],
  ["hardware", openHardware],
  ["lavapipe", openLavapipe],
  ["swiftshader", openBundled],
]);

/** The values that `--adapter` and the environment variable HITOFUDE_ADAPTER may have. */
export const ADAPTER_CHOICES: readonly string[] = [...OPENERS.keys()];

/** `adapter` is one of ADAPTER_CHOICES; without it, HITOFUDE_ADAPTER decides, then "auto". */
export async function openNodeAdapter(
  options: { readonly adapter?: string } = {},
): Promise<NodeAdapter> {
  const choice = options.adapter ?? (process.env.HITOFUDE_ADAPTER || "auto");
  const open = OPENERS.get(choice);
  if (open === undefined) {
    throw new UsageError(
      `There is no adapter "${choice}". Choose one of: ${ADAPTER_CHOICES.join(", ")}.`,
    );
  }
  // Mesa complains on every start when this is unset, as it is in containers.
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  return hold(await open(await importDawn()));
}

/** auto: whatever the system has, best first (Dawn sorts GPUs before software), else the bundle. */
async function openAny(dawn: Dawn): Promise<Found> {
  return (await openSystem(dawn, [])) ?? (await openBundled(dawn));
}

async function openHardware(dawn: Dawn): Promise<Found> {
  const found = await openSystem(dawn, []);
  if (found?.kind === "hardware") return found;
  const instead = found === undefined ? "no adapter at all" : `only software (${found.name})`;
  throw new DeviceError(
    `No hardware adapter was found: the system offers ${instead}. ` +
      "Install the GPU's Vulkan driver, or use --adapter auto.",
  );
}

async function openLavapipe(dawn: Dawn): Promise<Found> {
  const found = await openSystem(dawn, ["adapter=llvmpipe"]);
  if (found !== undefined) return found;
  throw new DeviceError(
    "No lavapipe adapter was found (Dawn refuses Mesa older than 24). " +
      "Install mesa-vulkan-drivers and libvulkan1 (on Debian 12 from bookworm-backports), " +
      "or use --adapter swiftshader.",
  );
}

async function openSystem(dawn: Dawn, flags: readonly string[]): Promise<Found | undefined> {
  // Without a Vulkan loader Dawn would print a warning and find nothing.
  if (process.platform === "linux" && !preloadLibrary("libvulkan.so.1").loaded) return undefined;
  const answer = await request(dawn, flags);
  if (answer === undefined) return undefined;
  const { info } = answer.adapter;
  const kind = info.isFallbackAdapter ? "system software" : "hardware";
  return { ...answer, kind, name: info.description || info.device || info.vendor };
}

async function openBundled(dawn: Dawn): Promise<Found> {
  const driver = await unpackSwiftShader();
  const { loaded, message } = preloadLibrary(driver.loader);
  const answer = loaded ? await requestWith(driver.manifest, dawn) : undefined;
  if (answer !== undefined && answer.adapter.info.architecture === "swiftshader") {
    return { ...answer, kind: "bundled software", name: answer.adapter.info.description };
  }
  throw new DeviceError(
    `The bundled SwiftShader does not start${loaded ? "" : `: ${message}`}. ` +
      "Set XDG_CACHE_HOME to a folder from which libraries may be loaded, or use lavapipe.",
  );
}

type Answer = { readonly gpu: GPU; readonly adapter: GPUAdapter };

/** The Vulkan loader reads the two variables within the call, so they can be put back at once. */
function requestWith(manifest: string, dawn: Dawn): Promise<Answer | undefined> {
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES } = process.env;
  process.env.VK_DRIVER_FILES = manifest;
  process.env.VK_ICD_FILENAMES = manifest;
  try {
    return request(dawn, []);
  } finally {
    restore("VK_DRIVER_FILES", VK_DRIVER_FILES);
    restore("VK_ICD_FILENAMES", VK_ICD_FILENAMES);
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/**
 * Dawn rounds timestamps to 65 µs, so that no page spies by them; a profile needs the exact ones.
 * It hides f16 on NVIDIA's Vulkan driver unless asked; the tests of f16 hold there.
 */
const FLAGS = [
  "disable-dawn-features=timestamp_quantization",
  "enable-dawn-features=vulkan_enable_f16_on_nvidia",
];

async function request(dawn: Dawn, flags: readonly string[]): Promise<Answer | undefined> {
  try {
    const gpu = dawn.create([...flags, ...FLAGS]);
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    // The null backend runs nothing and answers garbage: never compute with it.
    if (adapter === null || adapter.info.device === "null-backend") return undefined;
    return { gpu, adapter };
  } catch (error) {
    // So Dawn says that `adapter=` matches none; it lists those that exist.
    if (String(error).includes("no suitable backends found")) return undefined;
    throw error;
  }
}

async function importDawn(): Promise<Dawn> {
  // A variable, so that the project also compiles where this optional package is missing.
  const name: string = "webgpu";
  let dawn: Dawn;
  try {
    dawn = (await import(/* @vite-ignore */ name)) as Dawn;
  } catch (error) {
    throw new DeviceError(
      `WebGPU under Node needs the npm package webgpu, which did not load (${firstLine(error)}). ` +
        "Run `npm install webgpu@0.6.2` (linux, macOS or Windows; x64 or arm64).",
    );
  }
  // GPUBufferUsage and the like are globals in a browser; Node gets the same.
  for (const [key, value] of Object.entries(dawn.globals)) {
    if (!(key in globalThis)) Object.defineProperty(globalThis, key, { value, configurable: true });
  }
  return dawn;
}

const firstLine = (error: unknown): string => String(error).split("\n", 1)[0] ?? "";

/**
 * Dawn's roots in use. The one mutable variable of its kind: a caller who keeps the device alone
 * would otherwise lose the root to the garbage collector, and the process would abort.
 */
const roots = new Set<Found>();

/** Getters over one reference: after `release` nothing here keeps Dawn alive. */
function hold(found: Found): NodeAdapter {
  let held: Found | undefined = found;
  roots.add(found);
  const { kind, name } = found;
  const use = (): Found => {
    if (held !== undefined) return held;
    throw new DeviceError(`The adapter "${name}" was released. Open it again before use.`);
  };
  return {
    kind,
    name,
    get gpu() {
      return use().gpu;
    },
    get adapter() {
      return use().adapter;
    },
    release() {
      roots.delete(found);
      held = undefined;
    },
  };
}
