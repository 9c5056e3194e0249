import { createRng } from "../../src/base/rng.ts";
import { createDataset, type Dataset } from "../../src/data/dataset.ts";

const [USERS, ITEMS] = [240, 90];

/** A data set with the odds its maker knows. */
export interface LikingWorld extends Dataset {
  readonly odds: (user: number, item: number) => number;
}

/**
 * Users have two tastes, items two visible attributes `f0, f1` and a hidden appeal: `odds = 2 x . f + appeal`, a value of
 * 5 with that chance, else 1. The first 60 items are used by 100 people each, the others by 70.
 */
export function likingWorld(): LikingWorld {
  const rng = createRng("liking world");
  const draw = (n: number): number[] => Array.from({ length: n }, () => rng.normal());
  const [tastes, content, appeal] = [draw(2 * USERS), draw(2 * ITEMS), draw(ITEMS)];
  const odds = (u: number, i: number): number =>
    2 * (tastes[2 * u]! * content[2 * i]! + tastes[2 * u + 1]! * content[2 * i + 1]!) + appeal[i]!;
  const people = Array.from({ length: USERS }, (_, u) => u);
  const events = Array.from({ length: ITEMS }, (_, item) =>
    rng.sample(people, item < 60 ? 100 : 70).map((user) => ({ user, item })),
  ).flat();
  const dataset = createDataset({
    name: "liking",
    users: { ids: people.map((u) => `u${u}`), columns: {} },
    items: {
      ids: Array.from({ length: ITEMS }, (_, i) => `i${i}`),
      columns: Object.fromEntries(
        [0, 1].map((f) => [
          `f${f}`,
          { kind: "numeric", values: Float64Array.from({ length: ITEMS }, (_, i) => content[2 * i + f]!) },
        ]),
      ),
    },
    interactions: {
      user: Int32Array.from(events, ({ user }) => user),
      item: Int32Array.from(events, ({ item }) => item),
      value: Float32Array.from(events, ({ user, item }) =>
        rng.next() < 1 / (1 + Math.exp(-odds(user, item))) ? 5 : 1,
      ),
    },
    scale: { min: 1, max: 5, liked: 4 },
    synthetic: true,
  });
  return { ...dataset, odds };
}
