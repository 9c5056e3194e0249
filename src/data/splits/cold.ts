import { check } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset, Interactions } from "../dataset.ts";
import { itemCounts, partitionRows, presentRows, userCounts } from "./interactions.ts";

export interface ColdOptions {
  /** Share of those with at least one event that becomes cold, in (0, 1). */
  readonly fraction: number;
  readonly seed: number | string;
}

export interface ColdUserOptions extends ColdOptions {
  /** `last-come`: the users whose first event is latest (the seed breaks ties). Default `random`. */
  readonly mode?: "random" | "last-come";
}

export interface ColdUserSplit {
  readonly train: Interactions;
  /** All events of the cold users. */
  readonly heldOut: Interactions;
  /** Rows of the user table, ascending. */
  readonly coldUsers: Int32Array;
}

/**
 * Hides a share of the users wholly: all their events are held out.
 *
 * @throws ForetasteError SPLIT when nobody (or everybody) would be cold, or `last-come` has no times to go by
 * @example splitColdUsers(dataset, { fraction: 0.2, seed: 1, mode: "last-come" });
 */
export function splitColdUsers(dataset: Dataset, options: ColdUserOptions): ColdUserSplit {
  const { interactions, users } = dataset;
  const present = presentRows(userCounts(interactions, users.ids.length));
  const order = createRng(options.seed).split("cold-users").shuffle(present);
  if (options.mode === "last-come") {
    const first = firstTimes(dataset);
    order.sort((a, b) => first[b]! - first[a]!);
  }
  const cold = chooseCold(order, options.fraction, `${dataset.name}: cold users`);
  const { kept, rest } = partitionRows(interactions, (row) => cold.has(interactions.user[row]!));
  return { train: rest, heldOut: kept, coldUsers: ascending(cold) };
}

export interface ColdItemSplit {
  readonly train: Interactions;
  /** All events of the cold items. */
  readonly heldOut: Interactions;
  /** Rows of the item table, ascending. */
  readonly coldItems: Int32Array;
}

/**
 * Hides a share of the items wholly: all their events are held out.
 *
 * @throws ForetasteError SPLIT when no item (or every item) would be cold
 */
export function splitColdItems(dataset: Dataset, options: ColdOptions): ColdItemSplit {
  const { interactions, items } = dataset;
  const present = presentRows(itemCounts(interactions, items.ids.length));
  const order = createRng(options.seed).split("cold-items").shuffle(present);
  const cold = chooseCold(order, options.fraction, `${dataset.name}: cold items`);
  const { kept, rest } = partitionRows(interactions, (row) => cold.has(interactions.item[row]!));
  return { train: rest, heldOut: kept, coldItems: ascending(cold) };
}

/** The four states of MeLU (Lee et al., 2019): warm and cold users crossed with warm and cold items. */
export interface FourStates {
  readonly warm: Interactions;
  readonly coldUser: Interactions;
  readonly coldItem: Interactions;
  readonly bothCold: Interactions;
  readonly coldUsers: Int32Array;
  readonly coldItems: Int32Array;
}

export interface FourStatesOptions {
  readonly users: number;
  readonly items: number;
  readonly seed: number | string;
}

/**
 * Makes MeLU's four states of any data set: shares `users` and `items` become cold; train on `warm` only.
 *
 * @throws ForetasteError SPLIT
 * @example splitFourStates(dataset, { users: 0.2, items: 0.2, seed: 1 });
 */
export function splitFourStates(dataset: Dataset, { users, items, seed }: FourStatesOptions): FourStates {
  const byUser = splitColdUsers(dataset, { fraction: users, seed });
  const { coldItems } = splitColdItems(dataset, { fraction: items, seed });
  const cold = new Set(coldItems);
  const isWarm =
    ({ item }: Interactions) =>
    (row: number) =>
      !cold.has(item[row]!);
  const warmUsers = partitionRows(byUser.train, isWarm(byUser.train));
  const coldUsers = partitionRows(byUser.heldOut, isWarm(byUser.heldOut));
  return {
    warm: warmUsers.kept,
    coldUser: coldUsers.kept,
    coldItem: warmUsers.rest,
    bothCold: coldUsers.rest,
    coldUsers: byUser.coldUsers,
    coldItems,
  };
}

function chooseCold(order: readonly number[], fraction: number, where: string): Set<number> {
  const count = Math.round(fraction * order.length);
  check(count > 0 && count < order.length, "SPLIT", () => ({
    where,
    expected: "a fraction that leaves some cold and some warm",
    got: `${fraction} of ${order.length}`,
  }));
  return new Set(order.slice(0, count));
}

/** Time of everybody's first event. `[users]` */
function firstTimes({ name, interactions, users }: Dataset): Float64Array {
  const { user, time } = interactions;
  check(time !== undefined, "SPLIT", () => ({
    where: `${name}: last-come users`,
    expected: "events with times",
    got: "none",
    hint: 'Use mode "random".',
  }));
  const first = new Float64Array(users.ids.length).fill(Number.POSITIVE_INFINITY);
  for (const [row, u] of user.entries()) first[u] = Math.min(first[u]!, time[row]!);
  return first;
}

function ascending(rows: ReadonlySet<number>): Int32Array {
  return Int32Array.from(rows).sort();
}
