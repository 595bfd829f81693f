/** All mutants of the project, in the order of its files. */
import { KINDS, type Mutant, numbered } from "./mutant.js";
import { findRules, openProject } from "./rules.js";
import { mutantsOf } from "./ts-mutants.js";
import { gradientShaders, shaderMutants } from "./wgsl-mutants.js";

/**
 * @param most of one rule, spread over it, with at least one of each kind that it has.
 * @param tried others that were tried before: they come too.
 */
export function collectMutants(
  root: string,
  most: number,
  tried: (mutant: Mutant) => boolean = () => false,
): Mutant[] {
  const program = openProject(root);
  const checker = program.getTypeChecker();
  const rules = findRules(root, program).map((rule) => mutantsOf(rule, checker));
  const shaders = gradientShaders(root).map((file) => shaderMutants(root, file));
  return numberedApart([...rules, ...shaders]).flatMap((mutants) => {
    const chosen = new Set(spread(mutants, most));
    return mutants.filter((mutant) => chosen.has(mutant) || tried(mutant));
  });
}

/** Numbers before the choice, so that an id does not depend on `most`. */
function numberedApart(groups: readonly (readonly Mutant[])[]): Mutant[][] {
  const all = numbered(groups.flat());
  return groups.map((group) => all.splice(0, group.length));
}

function spread(mutants: readonly Mutant[], most: number): Mutant[] {
  if (mutants.length <= most) return [...mutants];
  const kept = new Set<Mutant>();
  for (const kind of KINDS) {
    const first = mutants.find((mutant) => mutant.kind === kind);
    if (first) kept.add(first);
  }
  const rest = mutants.filter((mutant) => !kept.has(mutant));
  const room = Math.max(0, most - kept.size);
  for (let i = 0; i < room; i++) {
    const mutant = rest[Math.floor((i * rest.length) / room)];
    if (mutant) kept.add(mutant);
  }
  return mutants.filter((mutant) => kept.has(mutant));
}
