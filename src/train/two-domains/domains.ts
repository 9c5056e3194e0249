import { check } from "../../base/errors.ts";
import { likesOf } from "../../baselines/columns.ts";
import { partnersOf } from "../../baselines/tokens.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { History } from "../../data/query.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { domainColumn } from "../../tasks/domains.ts";

type Likes = ReturnType<typeof likesOf>;

/** One domain: its items count from 0, its people are all of the data set. */
export interface Side extends Likes {
  readonly name: string;
  /** Rows of the data set's item table. */
  readonly items: Int32Array;
}

/** A data set as two domains that share people. */
export interface TwoDomains {
  readonly sides: readonly [Side, Side];
  /** Which side an item of the data set is on, and where there. `[items]` */
  readonly sideOf: Uint8Array;
  readonly placeOf: Int32Array;
  /** Rows of the people who like something on both sides, ascending. */
  readonly overlap: Int32Array;
  /** What somebody liked on a side, by place there. */
  likedOn(side: 0 | 1, history: History): Int32Array;
}

/**
 * Parts a data set by a category of its items.
 *
 * @param column the first attribute of categories where empty
 * @throws CONFIG when the attribute does not tell two domains apart, DATA when nothing is liked on a side or nobody
 *   likes something on both
 * @example const { sides, overlap } = twoDomains(train, "domain");
 */
export function twoDomains(train: Dataset, column: string): TwoDomains {
  const { names, sideOf, placeOf, items } = placesOf(train, column === "" ? domainColumn(train) : column);
  const side = (at: 0 | 1): Side => {
    const { kept } = partitionRows(train.interactions, (row) => sideOf[train.interactions.item[row]!] === at);
    const own = {
      ...train,
      name: `${train.name}, ${names[at]}`,
      items: { ids: Array.from(items[at]!, (row) => train.items.ids[row]!), columns: {} },
      interactions: { ...kept, item: kept.item.map((row) => placeOf[row]!) },
    };
    return { name: names[at]!, items: items[at]!, ...likesOf(own) };
  };
  const sides = [side(0), side(1)] as const;
  const overlap = bothLiked(sides, train);
  const { liked } = train.scale;
  const likedOn = (at: 0 | 1, { items, values }: History): Int32Array =>
    items
      .filter((row, k) => row < placeOf.length && sideOf[row] === at && values[k]! >= liked)
      .map((row) => placeOf[row]!);
  return { sides, sideOf, placeOf, overlap, likedOn };
}

interface Places extends Pick<TwoDomains, "sideOf" | "placeOf"> {
  readonly names: readonly string[];
  readonly items: readonly Int32Array[];
}

function placesOf({ name, items }: Dataset, column: string): Places {
  const found = items.columns[column];
  const values = found?.kind === "categorical" ? found.values : [];
  const names = [...new Set(values.map((value) => value ?? ""))].sort((a, b) => (a < b ? -1 : 1));
  check(names.length === 2 && !names.includes(""), "CONFIG", () => ({
    where: `domains of ${name}`,
    expected: `an attribute "${column}" of the items, one of two categories for each`,
    got: found === undefined ? "none" : found.kind === "categorical" ? `${names.length} values` : found.kind,
    hint: "The setting column names another one. Domains in files of their own: foretaste transfer --shared-users.",
  }));
  const sideOf = Uint8Array.from(values, (value) => Number(value === names[1]));
  const rows = [0, 1].map((at) => Int32Array.from(sideOf.keys()).filter((row) => sideOf[row] === at));
  const placeOf = new Int32Array(sideOf.length);
  for (const own of rows) own.forEach((row, place) => void (placeOf[row] = place));
  return { names, sideOf, placeOf, items: rows };
}

function bothLiked(sides: readonly Side[], { name, users }: Dataset): Int32Array {
  const likes = (user: number) => (side: Side) => partnersOf(side.byUser, user).length > 0;
  const both = Int32Array.from(users.ids.keys()).filter((user) => sides.every(likes(user)));
  check(both.length > 0, "DATA", () => ({
    where: `domains of ${name}`,
    expected: "people who like something in both domains",
    got: "nobody",
  }));
  return both;
}
