/** Ctrl-C as a flag: the first asks for an orderly end, the second kills. */

export interface Interrupt {
  readonly asked: boolean;
  /** Stops listening. */
  release(): void;
}

/** What a shell reports for a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

export function listenForInterrupt(): Interrupt {
  const state = { asked: false };
  const onSignal = (): void => {
    if (state.asked) process.exit(INTERRUPTED);
    state.asked = true;
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    get asked() {
      return state.asked;
    },
    release: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
