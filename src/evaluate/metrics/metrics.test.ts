import fc from "fast-check";
import { expect, test } from "vitest";
import { rankItems } from "../../base/ranking.ts";
import type { Scale } from "../../data/dataset.ts";
import { type Metric, type Ranked, truthOf } from "./metric.ts";
import { metricNamed } from "./named.ts";

const scale: Scale = { min: 1, max: 5, liked: 4 };
const candidates = Int32Array.of(10, 11, 12, 13, 14, 15);
/** Liked: 11 and 14. Item 99 is liked too but is no candidate; 12 was rated 2; 10, 13 and 15 were never used. */
const truth = truthOf(
  { items: Int32Array.of(11, 12, 14, 99), values: Float32Array.of(5, 2, 4, 5) },
  candidates,
  scale,
);
/** Ranks: 13 -> 1, 11 -> 2, 10 -> 3, 12 -> 4, 14 -> 5, 15 -> 6. */
const ranked: Ranked = {
  items: Int32Array.of(13, 11, 10, 12, 14, 15),
  predicted: Float32Array.of(4.5, 3, 7, 5),
};
const log3 = Math.log2(3);

test("relevance is liked and a candidate", () => {
  expect([truth.relevant, truth.candidates, [...truth.graded.keys()]]).toEqual([2, 6, [11, 12, 14]]);
});

const byHand: readonly [string, number, string][] = [
  ["mae", (0.5 + 1 + 1 + 0) / 4, "7 is clipped to 5, so its error is 5 - 4"],
  ["mae_rounded", (0 + 1 + 1 + 0) / 4, "4.5 is rounded to 5, which is right; then as mae"],
  ["rmse", Math.sqrt((0.25 + 1 + 9 + 0) / 4), "not clipped: 7 - 4 = 3"],
  // DCG: 11 at rank 2, 1 / log2 3. Ideal: two likes, 1 / log2 2 + 1 / log2 3.
  ["ndcg_binary@3", 1 / log3 / (1 + 1 / log3), "one of two likes, at rank 2"],
  ["ndcg_binary@1", 0, "no like at rank 1; ideal 1"],
  ["ndcg_binary@5", (1 / log3 + 1 / Math.log2(6)) / (1 + 1 / log3), "likes at ranks 2 and 5"],
  // Gains 2^5 - 1 = 31 (item 11), 2^2 - 1 = 3 (item 12), 2^4 - 1 = 15 (item 14); unknown items gain nothing.
  ["ndcg_exp@3", 31 / log3 / (31 + 15 / log3 + 3 / 2), "31 at rank 2; ideal 31, 15, 3"],
  [
    "ndcg_exp@5",
    (31 / log3 + 3 / Math.log2(5) + 15 / Math.log2(6)) / (31 + 15 / log3 + 3 / 2),
    "31, 3, 15 at ranks 2, 4, 5",
  ],
  ["ndcg_linear@3", 5 / log3 / (5 + 4 / log3 + 2 / 2), "5 at rank 2; ideal 5, 4, 2"],
  ["ndcg_linear@2", 5 / log3 / (5 + 4 / log3), "5 at rank 2; ideal 5, 4"],
  ["precision@2", 1 / 2, "one of two places"],
  ["precision@5", 2 / 5, "two of five places"],
  ["precision@10", 2 / 10, "short lists are still divided by k"],
  ["recall@3", 1 / 2, "one of the two likes that can be found"],
  ["recall@5", 1, "both"],
  ["f1@5", (2 * 0.4 * 1) / (0.4 + 1), "harmonic mean of 2/5 and 1"],
  ["f1@1", 0, "nothing found"],
  ["hit_rate@1", 0, "13 is no like"],
  ["hit_rate@2", 1, "11 is"],
  ["map@5", (1 / 2 + 2 / 5) / 2, "precision 1/2 at rank 2 and 2/5 at rank 5, over min(5, 2)"],
  ["map@2", 1 / 2 / 2, "precision 1/2 at rank 2, over min(2, 2)"],
  ["map@1", 0, "nothing found"],
  ["mrr@5", 1 / 2, "first like at rank 2"],
  ["mrr@1", 0, "none within one"],
  // Pairs (like, other): 11 beats 10, 12, 15 of four others; 14 beats 15 only: 4 of 8.
  ["auc", 4 / 8, "four of eight pairs in order"],
];

for (const [name, value, why] of byHand) {
  test(`${name} by hand: ${why}`, () => {
    const metric = metricNamed(name);
    expect(metric.name).toBe(name);
    expect(metric.measure(ranked, truth)).toBeCloseTo(value, 12);
  });
}

test("a perfect ranking is 1 wherever 1 is the maximum, a reversed one has AUC 0", () => {
  const best = { items: Int32Array.of(11, 14, 12, 10, 13, 15) };
  const names = [
    "ndcg_exp@3",
    "ndcg_linear@3",
    "ndcg_binary@3",
    "precision@2",
    "recall@2",
    "f1@2",
    "map@1",
    "map@4",
    "mrr@1",
    "auc",
  ];
  for (const name of names) expect(metricNamed(name).measure(best, truth), name).toBeCloseTo(1, 12);
  expect(metricNamed("auc").measure({ items: Int32Array.from(best.items).reverse() }, truth)).toBe(0);
});

test("undefined is NaN: no relevant item, nothing but relevant items, no prediction, no truth", () => {
  const disliked = truthOf({ items: Int32Array.of(12), values: Float32Array.of(2) }, candidates, scale);
  for (const name of [
    "ndcg_binary@3",
    "precision@3",
    "recall@3",
    "f1@3",
    "hit_rate@3",
    "map@3",
    "mrr@3",
    "auc",
  ]) {
    expect(metricNamed(name).measure(ranked, disliked), name).toBeNaN();
  }
  const onlyLikes = truthOf(
    { items: Int32Array.of(11), values: Float32Array.of(5) },
    Int32Array.of(11),
    scale,
  );
  expect(metricNamed("auc").measure({ items: Int32Array.of(11) }, onlyLikes)).toBeNaN();
  expect(metricNamed("mae").measure({ items: ranked.items }, truth)).toBeNaN();
  const nothing = truthOf({ items: new Int32Array(0), values: new Float32Array(0) }, candidates, scale);
  expect(
    metricNamed("rmse").measure({ items: ranked.items, predicted: new Float32Array(0) }, nothing),
  ).toBeNaN();
  expect(metricNamed("ndcg_exp@3").measure(ranked, nothing)).toBeNaN();
});

test("permuting the candidates changes no ranking metric, ties included", () => {
  const metrics: Metric[] = byHand
    .filter(([name]) => name.includes("@") || name === "auc")
    .map(([name]) => metricNamed(name));
  const scores = Float32Array.of(1, 1, 0, 1, 1, 0);
  const measured = (order: readonly number[]): number[] => {
    const items = Int32Array.from(order, (i) => candidates[i] as number);
    const permuted = Float32Array.from(order, (i) => scores[i] as number);
    return metrics.map((metric) => metric.measure({ items: rankItems(permuted, items, 3) }, truth));
  };
  const first = measured([0, 1, 2, 3, 4, 5]);
  const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });
  fc.assert(
    fc.property(orders, (order) => {
      expect(measured(order)).toEqual(first);
    }),
    { seed: 1, numRuns: 50 },
  );
});

test("an unknown metric names what there is", () => {
  for (const name of ["ndcg@10", "mae@3", "ndcg_exp@0", "ndcg_exp", "toString@3"]) {
    expect(() => metricNamed(name), name).toThrow(
      /metric: expected mae, mae_rounded, rmse, auc, .*, or ndcg_exp@k/,
    );
  }
});
