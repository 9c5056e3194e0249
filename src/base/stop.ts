import { ForetasteError } from "./errors.ts";
import type { RunContext } from "./progress.ts";

/**
 * Stops here if the run was asked to.
 *
 * @throws CANCELLED
 * @example checkStop(ctx, "distillation", { done: step, of: steps, what: "steps" });
 */
export function checkStop(
  { signal }: RunContext,
  where: string,
  { done, of, what }: { readonly done: number; readonly of: number; readonly what: string },
): void {
  if (signal?.aborted !== true) return;
  throw new ForetasteError("CANCELLED", {
    where,
    expected: `${of} ${what}`,
    got: `a stop after ${done}`,
  });
}
