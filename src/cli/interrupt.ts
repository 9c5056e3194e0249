/** The part of `process` that this needs. */
export interface SignalSource {
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening, so that the process can end. */
  dispose(): void;
}

/**
 * The first Ctrl-C asks the work to stop and lets it save what it has; the second one ends the process at once.
 *
 * @param endNow called for the second one
 */
export function createInterrupt(
  source: SignalSource,
  say: (text: string) => void,
  endNow: () => void,
): Interrupt {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) return endNow();
    say("\nStopping; Ctrl-C once more ends at once.");
    controller.abort();
  };
  source.on("SIGINT", listener);
  source.on("SIGTERM", listener);
  return {
    signal: controller.signal,
    dispose() {
      source.off("SIGINT", listener);
      source.off("SIGTERM", listener);
    },
  };
}
