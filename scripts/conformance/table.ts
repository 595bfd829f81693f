/** The ops that are compared, those that cannot be, and the cases of one run. */
import { ReferenceDevice } from "../../src/device/reference.js";
import * as ops from "../../src/ops/index.js";
import { type Case, type Entry, HALVES, type Input, LARGE } from "./cases.js";
import { Draw } from "./draw.js";
import { ELEMENTWISE } from "./elementwise.js";
import { LAYOUT } from "./layout.js";
import { NETWORK } from "./network.js";
import { PICTURES } from "./pictures.js";
import { REDUCTIONS } from "./reductions.js";
import { isLeaf, run } from "./run.js";

export const ENTRIES: Readonly<Record<string, Entry>> = {
  ...ELEMENTWISE,
  ...LAYOUT,
  ...NETWORK,
  ...PICTURES,
  ...REDUCTIONS,
};

const DRAWN =
  "the bits come from this engine's own keys, and no generator of torch gives the same; tested in " +
  "test/ops by what must hold for them";

/** Ops that torch has no word on, and why. */
export const EXEMPT: Readonly<Record<string, string>> = {
  fuse: "makes an op of a function of others",
  randomBernoulli: DRAWN,
  randomBits: DRAWN,
  randomCategorical: DRAWN,
  randomNormal: DRAWN,
  randomPermutation: DRAWN,
  randomUniform: DRAWN,
};

/** Every op of the barrel; what defines ops is none. */
export const OPS: readonly string[] = Object.keys(ops)
  .filter((name) => !name.startsWith("define"))
  .sort((a, b) => a.localeCompare(b, "en"));

/** Throws when an op has neither cases nor an exemption, or has both. */
export function assertComplete(compared: ReadonlySet<string>): void {
  const missing = OPS.filter((name) => !compared.has(name) && !Object.hasOwn(EXEMPT, name));
  const stale = [...compared, ...Object.keys(EXEMPT)].filter((name) => !OPS.includes(name));
  const twice = OPS.filter((name) => compared.has(name) && Object.hasOwn(EXEMPT, name));
  if (missing.length + stale.length + twice.length === 0) return;
  throw new Error(
    `conformance: without a case: ${listed(missing)}; no op of src/ops/index.ts: ${listed(stale)}; ` +
      `compared and exempt: ${listed(twice)}. Add cases in scripts/conformance and a function in ` +
      "scripts/conformance/oracle_ops.py, then run `npm run conformance`.",
  );
}

const listed = (names: readonly string[]): string => names.join(", ") || "none";

export interface Drawing {
  readonly seed: number;
  /** Cases of each form. */
  readonly repeats: number;
  /** Small sizes, and no form that is large. */
  readonly small: boolean;
  /** Whether second derivatives are asked for. */
  readonly second: boolean;
}

/** The cases of a run, op by op. The same drawing gives the same cases. */
export function drawCases({ seed, repeats, small, second }: Drawing): Case[] {
  const found: Case[] = [];
  let at = seed;
  for (const [op, { forms }] of Object.entries(ENTRIES)) {
    for (const [form, draw] of Object.entries(forms)) {
      if (small && form === LARGE) continue;
      for (let i = 0; i < (form === LARGE ? 1 : repeats); i++) {
        const f16 = form === HALVES ? ({ f16: true } as const) : {};
        const drawn = { op, form, ...f16, ...draw(new Draw(at++, small)) };
        found.push(withDirections(drawn, new Draw(at++, small), second));
      }
    }
  }
  return found;
}

/** Adds what the gradients are asked for, of the shape that the reference gives. */
function withDirections(given: Case, draw: Draw, second: boolean): Case {
  const reference = new ReferenceDevice();
  using _scope = reference.scope();
  const { kind, shape } = run(reference, ENTRIES, given);
  if (kind !== "float" || !given.inputs.some(isLeaf)) return given;
  const cotangent = draw.f32(shape).values;
  const direction = (x: Input) =>
    typeof x === "object" && isLeaf(x) ? draw.f32(x.shape).values : null;
  return {
    ...given,
    cotangent,
    ...(second && !given.once && { directions: given.inputs.map(direction) }),
  };
}
