/** Survivors that are no mistakes: the mutant computes the same. By id, with the reason. */
export const EQUIVALENT: Readonly<Record<string, string>> = {};
