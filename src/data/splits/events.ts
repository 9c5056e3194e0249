import { check } from "../../base/errors.ts";
import { createRng, type Rng } from "../../base/rng.ts";
import type { Dataset, Interactions } from "../dataset.ts";
import { historiesByUser, partitionRows, selectRows } from "./interactions.ts";

export interface TimeSplit {
  readonly train: Interactions;
  readonly heldOut: Interactions;
  /** Unix time in seconds; every event at or after it is held out. */
  readonly cut: number;
}

/**
 * Holds out the latest events: those at or after `cut`, or about `fraction` of all (events of one second stay together).
 *
 * @throws ForetasteError SPLIT when the data set has no times or one side would be empty
 * @example splitInTime(dataset, { fraction: 0.1 });
 */
export function splitInTime(
  dataset: Dataset,
  options: { readonly fraction: number } | { readonly cut: number },
): TimeSplit {
  const { interactions, name } = dataset;
  const { time } = interactions;
  const where = `${name}: split in time`;
  check(time !== undefined, "SPLIT", () => ({ where, expected: "events with times", got: "none" }));
  const cut = "cut" in options ? options.cut : quantile(time, 1 - options.fraction);
  const { kept, rest } = partitionRows(interactions, (row) => time[row]! >= cut);
  check(kept.user.length > 0 && rest.user.length > 0, "SPLIT", () => ({
    where,
    expected: "events on both sides",
    got: `${rest.user.length} before and ${kept.user.length} from ${cut} on`,
  }));
  return { train: rest, heldOut: kept, cut };
}

function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  const at = Math.round(share * sorted.length);
  return sorted[Math.min(Math.max(at, 0), sorted.length - 1)] ?? Number.NaN;
}

export interface RandomSplit {
  readonly train: Interactions;
  readonly valid: Interactions;
  readonly test: Interactions;
}

/**
 * Splits everybody's events at random, 8:1:1 unless told otherwise. Each part gets its share rounded down and training
 * what is left over; then test and after it valid get one event if their share is below one and training keeps at least
 * one (the per-user ratio split of RecBole, Zhao et al. 2021).
 *
 * @example const { train, valid, test } = splitRandom(dataset, { seed: 1 });
 */
export function splitRandom(
  dataset: Dataset,
  options: { readonly seed: number | string; readonly parts?: readonly [number, number, number] },
): RandomSplit {
  const parts = options.parts ?? [8, 1, 1];
  const { offsets, order } = historiesByUser(dataset.interactions, dataset.users.ids.length);
  const rng = createRng(options.seed).split("random-split");
  const part = new Uint8Array(order.length);
  for (let u = 0; u + 1 < offsets.length; u++) {
    assignParts(part, order.subarray(offsets[u], offsets[u + 1]), parts, rng);
  }
  const rowsOf = (wanted: number): number[] => [...part.keys()].filter((row) => part[row] === wanted);
  const [train, valid, test] = [0, 1, 2].map((p) => selectRows(dataset.interactions, rowsOf(p)));
  return { train: train!, valid: valid!, test: test! };
}

function assignParts(
  part: Uint8Array,
  rows: Int32Array,
  parts: readonly [number, number, number],
  rng: Rng,
): void {
  const [, valid, test] = partSizes(rows.length, parts);
  const shuffled = rng.shuffle(rows);
  for (const row of shuffled.slice(0, test)) part[row] = 2;
  for (const row of shuffled.slice(test, test + valid)) part[row] = 1;
}

/** How many of `count` events go to training, valid and test. */
export function partSizes(count: number, parts: readonly [number, number, number]): [number, number, number] {
  const whole = parts[0] + parts[1] + parts[2];
  const share = (p: number): number => (p * count) / whole;
  let [valid, test] = [Math.floor(share(parts[1])), Math.floor(share(parts[2]))];
  const train = (): number => count - valid - test;
  if (train() > 1 && parts[2] > 0 && share(parts[2]) < 1) test++;
  if (train() > 1 && parts[1] > 0 && share(parts[1]) < 1) valid++;
  return [train(), valid, test];
}
