/**
 * L2 score divergence: the weighted Fisher divergence with frozen sampling density.
 *
 *     d(y) = ‖y‖²,        d'(y) = 2 y
 */
import { dot } from "./divergence.js";
import { scoreDivergence } from "./score-divergence.js";

/** The weighted Fisher divergence: d of the header, for fields of any shape [N, …]. */
export const l2 = () => scoreDivergence({ name: "l2", distance: (y) => dot(y, y) });
