import { HitofudeError } from "../errors.js";
import { wgslSources } from "./generated.js";

/** The name of an embedded shader: its path under `src/shaders`, without `.wgsl`. */
export type WgslName = keyof typeof wgslSources;

const USE = /^\/\/: use (\S+)\.wgsl$/gm;

/** The text of a shader with every `//: use lib/name.wgsl` in front of it, each once. */
export function compose(name: WgslName): string {
  const parts: string[] = [];
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    if (!isWgslName(file)) throw new HitofudeError(`shader ${file}.wgsl does not exist.`);
    const text = wgslSources[file];
    for (const [, used] of text.matchAll(USE)) visit(String(used));
    parts.push(text);
  };
  visit(name);
  return parts.join("\n");
}

function isWgslName(name: string): name is WgslName {
  return Object.hasOwn(wgslSources, name);
}
