/**
 * L2 score divergence: the weighted Fisher divergence with frozen sampling density.
 *
 *     d(y) = ‖y‖²,        d'(y) = 2 y
 */
import { dot } from "./divergence.js";
import { scoreDivergence } from "./score-divergence.js";

export const l2 = () => scoreDivergence({ name: "l2", distance: (y) => dot(y, y) });
