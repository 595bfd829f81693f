/** Before any test: embeds the .wgsl files, so that the kernels tested are those on disk. */
import { execFileSync } from "node:child_process";

export function setup(): void {
  execFileSync(process.execPath, ["scripts/embed-shaders.mjs"], { stdio: "inherit" });
}
