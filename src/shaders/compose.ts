import { HitofudeError } from "../errors.js";
import { wgslSources } from "./generated.js";

/** The name of an embedded shader: its path under `src/shaders`, without `.wgsl`. */
export type WgslName = keyof typeof wgslSources;

const USE = /^\/\/: use (\S+)\.wgsl$/gm;

/** `enable` lines come first in WGSL, wherever a file of `lib/` has them. */
const ENABLE = /^enable .*;$/gm;

const BY_SUBGROUP = {
  "lib/fold": "lib/fold.subgroup",
  "lib/reduce": "lib/reduce.subgroup",
  "lib/row_reduce": "lib/row_reduce.subgroup",
};

export interface ComposeOptions {
  /** WGSL text put in front. */
  readonly prelude?: string;
  /** Tensors are of f16: `lib/store.f16.wgsl` takes the place of `lib/store.wgsl`. */
  readonly half?: boolean;
  /** Threads that join are one subgroup: files named so take the place of those with barriers. */
  readonly subgroup?: boolean;
}

/** The text of a shader with every `//: use lib/name.wgsl` in front of it, each once. */
export function compose(
  name: WgslName,
  { prelude = "", half = false, subgroup = false }: ComposeOptions = {},
): string {
  const instead: Readonly<Record<string, string>> = {
    ...(half && { "lib/store": "lib/store.f16" }),
    ...(subgroup && BY_SUBGROUP),
  };
  const parts: string[] = [prelude];
  const seen = new Set<string>();
  const visit = (asked: string): void => {
    const file = instead[asked] ?? asked;
    if (seen.has(file)) return;
    seen.add(file);
    if (!isWgslName(file)) {
      throw new HitofudeError(
        `shader ${file}.wgsl does not exist. Correct the name, or run \`npm run shaders\`.`,
      );
    }
    const text = wgslSources[file];
    for (const [, used] of text.matchAll(USE)) visit(String(used));
    parts.push(text);
  };
  visit(name);
  const text = parts.join("\n");
  const enables = text.match(ENABLE) ?? [];
  return [...new Set(enables), text.replace(ENABLE, "")].join("\n");
}

function isWgslName(name: string): name is WgslName {
  return Object.hasOwn(wgslSources, name);
}
