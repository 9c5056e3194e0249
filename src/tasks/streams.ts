import { ForetasteError } from "../base/errors.ts";
import { createRng } from "../base/rng.ts";

/** The people a prior is trained on, and those it is judged on while it trains. They share nobody. */
export interface Streams {
  readonly train: Int32Array;
  readonly outerValid: Int32Array;
}

/**
 * Sets a seeded share of the training people aside for early stopping and tuning.
 *
 * @example const { train, outerValid } = splitStreams(tasks.users, { share: 0.1, seed: 7 });
 */
export function splitStreams(
  users: Int32Array,
  { share, seed }: { share: number; seed: number | string },
): Streams {
  const shuffled = createRng(seed).split("streams").shuffle(users);
  const held = Math.floor(share * shuffled.length);
  const streams = {
    train: Int32Array.from(shuffled.slice(held)),
    outerValid: Int32Array.from(shuffled.slice(0, held)),
  };
  assertDisjoint(streams);
  return streams;
}

/**
 * Streams of tasks must share nobody: whoever is judged must not have been learned from.
 *
 * @throws SPLIT with the first person that two streams share
 */
export function assertDisjoint(streams: Readonly<Record<string, Int32Array>> | Streams): void {
  const owner = new Map<number, string>();
  for (const [name, users] of Object.entries(streams) as [string, Int32Array][]) {
    for (const user of users) {
      const other = owner.get(user);
      if (other !== undefined && other !== name) {
        const got = `user ${user} in "${other}" and in "${name}"`;
        throw new ForetasteError("SPLIT", {
          where: "task streams",
          expected: "streams that share nobody",
          got,
        });
      }
      owner.set(user, name);
    }
  }
}
