import { createRng } from "../../src/base/rng.ts";
import { createDataset, type Dataset } from "../../src/data/dataset.ts";
import { type TrainingDataset, withTraining } from "../../src/data/splits/training.ts";

export interface TwoShops {
  readonly train: TrainingDataset;
  /** People who use both shops, but whose history in the films is hidden; rows of the user table. */
  readonly cold: readonly number[];
  /** Kind of a person, and of an item. */
  readonly kindOf: (row: number) => number;
  /** Rows of the films. */
  readonly films: Int32Array;
}

export interface ShopOptions {
  readonly users?: number;
  readonly kinds?: number;
  /** Items of each shop of one kind. */
  readonly perKind?: number;
  readonly seed?: number;
}

/**
 * Two domains, books and films, with a known answer: there are as many kinds of people as of items, and somebody of kind k
 * uses books of kind k and films of kind `kinds - 1 - k`, six of each. All kinds are equally popular. So the books say
 * which films, and nothing else does. Items of a shop count through the kinds, people as well.
 */
export function twoShops({ users = 200, kinds = 4, perKind = 12, seed = 1 }: ShopOptions = {}): TwoShops {
  const rng = createRng(seed).split("two shops");
  const count = kinds * perKind;
  const kindOf = (row: number): number => row % kinds;
  const places = [...Array(perKind).keys()];
  const chosen = (user: number, kind: number, shop: string): number[] =>
    rng
      .split(shop)
      .split(user)
      .sample(places, 6)
      .map((place) => place * kinds + kind);
  const cold = [...Array(users).keys()].filter((user) => user >= 0.8 * users);
  const pairs = [...Array(users).keys()].flatMap((user) => [
    ...chosen(user, kindOf(user), "books").map((item) => [user, item] as const),
    ...(cold.includes(user) ? [] : chosen(user, kinds - 1 - kindOf(user), "films")).map(
      (item) => [user, count + item] as const,
    ),
  ]);
  const interactions = {
    user: Int32Array.from(pairs, ([user]) => user),
    item: Int32Array.from(pairs, ([, item]) => item),
    value: new Float32Array(pairs.length).fill(1),
  };
  const shopOf = (item: number): string => (item < count ? "books" : "films");
  const dataset: Dataset = createDataset({
    name: "two shops",
    users: { ids: Array.from({ length: users }, (_, user) => `u${user}`), columns: {} },
    items: {
      ids: Array.from({ length: 2 * count }, (_, item) => `${shopOf(item)} ${item}`),
      columns: {
        shop: { kind: "categorical", values: Array.from({ length: 2 * count }, (_, i) => shopOf(i)) },
      },
    },
    interactions,
    scale: { min: 0, max: 1, liked: 1 },
    synthetic: true,
  });
  const films = Int32Array.from({ length: count }, (_, item) => count + item);
  return { train: withTraining(dataset, interactions), cold, kindOf, films };
}
