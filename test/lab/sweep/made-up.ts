/** An experiment whose second stage depends on the results of the first. */
import {
  type AnyExperiment,
  type Experiment,
  type Job,
  registered,
} from "../../../src/lab/experiment.js";

interface Config {
  readonly seed: number;
  readonly width: number;
}

/** Stage 1: a and b; stage 2: the better one again, with its value as part of the id. */
export function madeUp(more: Partial<Experiment<Config>> = {}): AnyExperiment {
  const preset: Config = { seed: 1, width: 2 };
  const make = (config: Config, id: string): Job => ({
    id,
    run: async () => ({ value: id.length * config.width + config.seed }),
  });
  return registered<Config>({
    name: "made-up",
    what: "a test",
    takes: { quick: "no time", full: "no time" },
    presets: { quick: preset, full: preset },
    fields: { seed: { what: "seed", whole: true }, width: { what: "width" } },
    jobs: (config, results) => {
      const first = ["a", "b"].map((id) => make(config, id));
      if (!first.every(({ id }) => results.has(id))) return first;
      const { value } = results.get("a") as { value: number };
      return [make(config, `again ${value}`)];
    },
    total: () => 3,
    report: () => ({ title: "", lead: [], sections: [], data: null }),
    ...more,
  });
}
