/** A mutant: one small mistake in a rule of differentiation. */

export const KINDS = ["sign", "factor", "missing", "operand"] as const;

/**
 * sign: + for −, or a cotangent negated. factor: one left out, or doubled. missing: a summand left
 * out, or a cotangent of zeros. operand: two operands swapped, or the wrong one transposed.
 */
export type Kind = (typeof KINDS)[number];

/** Replaces the text from `start` to `end`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Mutant {
  /** The same from run to run as long as the text stays: file, op, kind, and the change. */
  readonly id: string;
  /** From the root of the project, with slashes. */
  readonly file: string;
  /** The op whose derivative is wrong; of a shader, its name. */
  readonly op: string;
  readonly kind: Kind;
  readonly line: number;
  /** What changes, in one line: `before → after`. */
  readonly change: string;
  readonly edit: Edit;
}

interface Place {
  readonly file: string;
  readonly op: string;
  /** Of the whole file. */
  readonly text: string;
}

/** Mutants of one file; `show` widens the text that a reader sees around the edit. */
export function mutantOf(
  { file, op, text }: Place,
  kind: Kind,
  edit: Edit,
  show: { readonly start: number; readonly end: number } = edit,
): Mutant {
  const start = Math.min(show.start, edit.start);
  const end = Math.max(show.end, edit.end);
  const squash = (s: string): string => s.replace(/\s+/g, " ").trim();
  const before = squash(text.slice(start, end));
  const after = squash(text.slice(start, edit.start) + edit.text + text.slice(edit.end, end));
  const change = `${before} → ${after}`;
  const line = text.slice(0, edit.start).split("\n").length;
  return { id: `${file} ${op} ${kind}: ${change}`, file, op, kind, line, change, edit };
}

/** Each id once: later mutants of one text get a number. */
export function numbered(mutants: readonly Mutant[]): Mutant[] {
  const seen = new Map<string, number>();
  return mutants.map((mutant) => {
    const count = (seen.get(mutant.id) ?? 0) + 1;
    seen.set(mutant.id, count);
    return count === 1 ? mutant : { ...mutant, id: `${mutant.id} #${count}` };
  });
}

export function mutate(text: string, { start, end, text: replacement }: Edit): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
