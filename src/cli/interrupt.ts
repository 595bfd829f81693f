/** Ctrl-C as a flag: the first asks for an orderly end, the second kills. */

export interface Interrupt {
  readonly asked: boolean;
  /** Stops listening. */
  release(): void;
}

/** What a shell reports for a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** npx and npm pass on a Ctrl-C that the terminal has sent already: one keypress, two signals. */
const SAME_KEYPRESS_MS = 500;

/** `onFirst` tells the person that the end is under way. */
export function listenForInterrupt(onFirst: () => void): Interrupt {
  let askedAt: number | undefined;
  const release = (): void => {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
  const onSignal = (): void => {
    const now = performance.now();
    if (askedAt === undefined) {
      askedAt = now;
      onFirst();
    } else if (now - askedAt > SAME_KEYPRESS_MS) {
      // By the signal itself, for which shells report 130: `process.exit` would run the destructors
      // of a driver that is still at work, which crash.
      release();
      process.kill(process.pid, "SIGINT");
    }
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    get asked() {
      return askedAt !== undefined;
    },
    release,
  };
}
