/** The laboratory's experiments. One line for each. */
import { emoji32 } from "./emoji-32/index.js";
import { exact1d } from "./exact-1d/index.js";
import { type AnyExperiment, registered } from "./experiment.js";
import { toy2d } from "./toy-2d/index.js";

export const experiments: readonly AnyExperiment[] = [
  registered(exact1d),
  registered(toy2d),
  registered(emoji32),
];
