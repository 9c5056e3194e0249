import { createRng } from "../../src/base/rng.ts";
import { createDataset, type Dataset } from "../../src/data/dataset.ts";

const [USERS, SHELVES, ITEMS, EVENTS] = [40, 30, 6, 80];

/**
 * Items stand on 30 shelves and are red or blue in turns. On a shelf everybody likes one colour and not the other, which
 * colour is the shelf's own (a fair coin): five events of a new shelf tell all of it, and nothing else does.
 *
 * @returns the data set; `likesRed[s]` of shelf `s`
 */
export function shelvesWorld(): Dataset & { readonly likesRed: readonly boolean[] } {
  const rng = createRng("shelves");
  const likesRed = Array.from({ length: SHELVES }, () => rng.next() < 0.5);
  const items = Array.from({ length: SHELVES * ITEMS }, (_, i) => i);
  const events = likesRed.flatMap((_, shelf) =>
    Array.from({ length: EVENTS }, () => ({ user: rng.int(USERS), item: shelf * ITEMS + rng.int(ITEMS) })),
  );
  const isLiked = (item: number): boolean => likesRed[Math.floor(item / ITEMS)] === (item % 2 === 0);
  const dataset = createDataset({
    name: "shelves",
    users: { ids: Array.from({ length: USERS }, (_, u) => `u${u}`), columns: {} },
    items: {
      ids: items.map((i) => `i${i}`),
      columns: {
        shelf: { kind: "categorical", values: items.map((i) => `s${Math.floor(i / ITEMS)}`) },
        colour: { kind: "categorical", values: items.map((i) => (i % 2 === 0 ? "red" : "blue")) },
      },
    },
    interactions: {
      user: Int32Array.from(events, ({ user }) => user),
      item: Int32Array.from(events, ({ item }) => item),
      value: Float32Array.from(events, ({ item }) => (isLiked(item) ? 5 : 1)),
    },
    scale: { min: 1, max: 5, liked: 4 },
    synthetic: true,
  });
  return { ...dataset, likesRed };
}
