import { expect, test } from "vitest";
import { createDataset } from "../data/dataset.ts";
import { emptyHistory } from "../data/query.ts";
import { fitOddsBiases } from "./odds-biases.ts";

/** Ann likes all four items, Bob none, Cid was never there: half of everything is liked. */
const world = createDataset({
  name: "toy",
  users: { ids: ["ann", "bob", "cid"], columns: {} },
  items: { ids: ["a", "b", "c", "d", "new"], columns: {} },
  interactions: {
    user: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1),
    item: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3),
    value: Float32Array.of(5, 5, 4, 4, 1, 2, 3, 3),
  },
  scale: { min: 1, max: 5, liked: 4 },
  synthetic: true,
});
const scorer = fitOddsBiases(world, { itemShrinkage: 2, userShrinkage: 4 });
const everybody = { users: Int32Array.of(0, 1, 2, 99), items: Int32Array.of(4, 4, 4, 4) };

test("a cold item is liked as its user likes in general, by hand", async () => {
  // (4 + 4 / 2) / (4 + 4) = 3/4, and the mirror image; whoever is unknown has no bias.
  const got = await scorer.probability({ item: 4, history: emptyHistory }, everybody);
  [0.75, 0.25, 0.5, 0.5].forEach((p, i) => expect(got[i]).toBeCloseTo(p, 6));
});

test("likes of an item move everybody's odds, by hand", async () => {
  // (2 + 1) / (2 + 2) = 3/4: odds of 3, times 3 for ann, a third for bob.
  const history = { items: Int32Array.of(4, 4), values: Float32Array.of(4, 5), users: Int32Array.of(7, 8) };
  const got = await scorer.probability({ item: 4, history }, everybody);
  [0.9, 0.5, 0.75, 0.75].forEach((p, i) => expect(got[i]).toBeCloseTo(p, 6));
});
