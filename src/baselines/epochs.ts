import { setImmediate } from "node:timers/promises";
import { ForetasteError } from "../base/errors.ts";
import type { RunContext } from "../base/progress.ts";

export interface EpochsOptions {
  readonly name: string;
  readonly epochs: number;
  readonly context: RunContext | undefined;
}

/**
 * Runs epochs that can be watched and stopped; an epoch awaits `pause` now and then, which lets the event loop in.
 *
 * @throws CANCELLED
 */
export async function runEpochs(
  { name, epochs, context }: EpochsOptions,
  run: (epoch: number, pause: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const bar = context?.progress.start(name, epochs);
  const pause = async (): Promise<void> => {
    await setImmediate();
    if (context?.signal?.aborted !== true) return;
    throw new ForetasteError("CANCELLED", { where: name, expected: `${epochs} epochs`, got: "a stop" });
  };
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      await pause();
      await run(epoch, pause);
      bar?.update(epoch + 1);
    }
  } finally {
    bar?.finish();
  }
}
