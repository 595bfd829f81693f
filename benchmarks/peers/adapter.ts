/** The same adapter for every engine: through npm's `webgpu`, or by what Vulkan's loader reads. */
import { existsSync } from "node:fs";
import { type NodeAdapter, openNodeAdapter } from "../../src/device/node-adapter.js";
import { preloadLibrary, unpackSwiftShader } from "../../src/device/node-swiftshader.js";

/**
 * Gives this process `navigator.gpu`, as the peers made for browsers look for it. What it returns
 * must be held for as long as a device lives.
 */
export async function installNavigator(adapter: string): Promise<NodeAdapter> {
  const opened = await openNodeAdapter({ adapter });
  const value = { gpu: opened.gpu, userAgent: "node", hardwareConcurrency: 2 };
  Object.defineProperty(globalThis, "navigator", { value, configurable: true, writable: true });
  return opened;
}

/** Mesa's manifest of lavapipe, under the names that distributions give it. */
const LAVAPIPE = ["lvp_icd.json", `lvp_icd.${process.arch === "arm64" ? "aarch64" : "x86_64"}.json`]
  .map((name) => `/usr/share/vulkan/icd.d/${name}`)
  .find((path) => existsSync(path));

/** For an engine that brings a Dawn of its own and asks Vulkan's loader for the adapter. */
export async function chooseVulkanDriver(adapter: string): Promise<void> {
  if (adapter === "swiftshader") {
    const { loader, manifest } = await unpackSwiftShader();
    preloadLibrary(loader);
    chooseManifest(manifest);
  } else if (adapter === "lavapipe" && LAVAPIPE !== undefined) chooseManifest(LAVAPIPE);
}

function chooseManifest(path: string): void {
  process.env.VK_DRIVER_FILES = path;
  process.env.VK_ICD_FILENAMES = path;
}
