import fc from "fast-check";
import { expect, test } from "vitest";
import type { Scale } from "../../data/dataset.ts";
import { type PooledMetric, type Ranked, type Truth, truthOf } from "./metric.ts";
import { pooledNamed } from "./named.ts";
import { type Prediction, predictionRecord, predictionsIn } from "./pooled.ts";
import { rocCurve } from "./pooled-auc.ts";
import { reliability } from "./probabilities.ts";

const scale: Scale = { min: 1, max: 5, liked: 4 };

function truth(values: readonly number[]): Truth {
  const items = Int32Array.from(values.keys());
  return truthOf({ items, values: Float32Array.from(values) }, items, scale);
}

function said(probability: readonly number[]): Ranked {
  return { items: new Int32Array(0), probability: Float32Array.from(probability) };
}

/** Two people: likes 5 and 4, dislikes 1, 2 and 3. Sorted: .125 no, .25 no, .5 yes, .5 no, .75 yes. */
const cases: readonly [Ranked, Truth][] = [
  [said([0.75, 0.25, 0.5]), truth([5, 1, 2])],
  [said([0.5, 0.125]), truth([4, 3])],
];
const nothing = new Float64Array(0);

function metric(name: string): PooledMetric {
  const found = pooledNamed(name);
  if (found === undefined) throw new Error(name);
  return found;
}

function measured(name: string, counts: readonly number[] = [1, 1], of = cases): number {
  const pooled = metric(name);
  return pooled.pool(
    of.map(([ranked, true_]) => pooled.record(ranked, true_) ?? nothing),
    0,
  )(counts);
}

const ln = Math.log;
const byHand: readonly [string, readonly number[], number, string][] = [
  [
    "log_loss",
    [1, 1],
    -(ln(0.75) + ln(0.75) + ln(0.5) + ln(0.5) + ln(0.875)) / 5,
    "mean over five predictions",
  ],
  ["log_loss", [0, 2], -(ln(0.5) + ln(0.875)) / 2, "of the second person alone, however often"],
  ["log_loss", [2, 1], -(2 * (2 * ln(0.75) + ln(0.5)) + ln(0.5) + ln(0.875)) / 8, "the first person twice"],
  // Likes .75 and .5 against .25, .5, .125: .75 wins three, .5 wins two and ties one.
  ["auc_pooled", [1, 1], 5.5 / 6, "five and a half of six pairs"],
  // The first person twice: likes .75 .75 .5 against .25 .25 .5 .5 .125: 5 + 5 + (3 + 1).
  ["auc_pooled", [2, 1], 14 / 15, "pairs between copies count too"],
  // Bins of two: below .5 holds .25 and .125, without a like; from .5 on .5, .5, .75 with two likes.
  ["ece@2", [1, 1], (2 * 0.1875 + 3 * Math.abs(1.75 / 3 - 2 / 3)) / 5, "|.1875 - 0| and |.5833 - .6667|"],
  ["ece@4", [1, 1], (0.125 + 0.25 + Math.abs(1 - 1) + 0.25) / 5, "bins .125; .25; .5 .5; .75"],
  ["accuracy(0.5)", [1, 1], 4 / 5, "only the disliked .5 is wrong"],
  ["precision(0.5)", [1, 1], 2 / 3, "two of the three at or above .5 are liked"],
  ["recall(0.5)", [1, 1], 1, "both likes are at or above .5"],
  ["recall(0.6)", [1, 1], 1 / 2, "one of two"],
  ["f1(0.5)", [1, 1], 0.8, "harmonic mean of 2/3 and 1"],
  ["precision(0.5)", [3, 1], 4 / 7, "three of six and one of one"],
];

for (const [name, counts, value, why] of byHand) {
  test(`${name} by hand, people counted ${counts.join(" and ")} times: ${why}`, () => {
    expect(metric(name).name).toBe(name);
    expect(measured(name, counts)).toBeCloseTo(value, 6);
  });
}

test("predicted values are taken for likes from the scale's first like on", () => {
  const rated: Ranked = { items: new Int32Array(0), predicted: Float32Array.of(3.9, 4, 4.5) };
  // Liked: the first and the second. Said: the second and the third.
  const one: [Ranked, Truth][] = [[rated, truth([5, 4, 1])]];
  const shares = ["accuracy", "precision", "recall", "f1"].map((kind) =>
    measured(`${kind}(liked)`, [1], one),
  );
  expect(shares).toEqual([1 / 3, 1 / 2, 1 / 2, 1 / 2]);
  expect(metric("f1(liked)").reads).toBe("values");
});

test("a wrong certainty costs a finite loss, a right one nothing", () => {
  expect(measured("log_loss", [1], [[said([0]), truth([5])]])).toBeCloseTo(-ln(1e-7), 6);
  expect(measured("log_loss", [1], [[said([1]), truth([5])]])).toBeCloseTo(0, 6);
});

test("GAUC weighs each task's AUC by its used candidates and leaves tasks of one kind out", () => {
  const ranked = (items: readonly number[]): Ranked => ({ items: Int32Array.from(items) });
  const of: [Ranked, Truth][] = [
    [ranked([0, 1, 2]), truth([5, 1, 1])], // the like stands first: 1
    [ranked([0, 1]), truth([1, 5])], // the like stands last: 0
    [ranked([1, 0]), truth([5, 5])],
  ];
  expect(measured("gauc", [1, 1, 1], of)).toBeCloseTo(3 / 5, 12);
  expect(measured("gauc", [1, 3, 1], of)).toBeCloseTo(3 / 9, 12);
});

test("who predicts nothing has no figure, and does not count beside others", () => {
  const silent: [Ranked, Truth] = [{ items: new Int32Array(0) }, truth([5, 1])];
  for (const name of ["log_loss", "auc_pooled", "ece@10", "f1(0.5)", "coverage_error"]) {
    expect(measured(name, [1], [silent]), name).toBeNaN();
  }
  expect(measured("log_loss", [1, 1, 1], [...cases, silent])).toBeCloseTo(measured("log_loss"), 12);
});

test("pooled AUC is the share of pairs in order, counted pair by pair", () => {
  const prediction = fc.record({ probability: fc.nat(6).map((n) => n / 8), liked: fc.boolean() });
  const people = fc.array(fc.tuple(fc.array(prediction, { maxLength: 6 }), fc.nat(3)), { maxLength: 6 });
  const property = fc.property(people, (all) => {
    const of = all.map(([list]): [Ranked, Truth] => [
      said(list.map(({ probability }) => probability)),
      truth(list.map(({ liked }) => (liked ? 5 : 1))),
    ]);
    const copies = all.flatMap(([list, count]) => new Array(count).fill(list).flat()) as Prediction[];
    let [won, pairs] = [0, 0];
    for (const a of copies) {
      for (const b of copies) {
        if (!a.liked || b.liked) continue;
        pairs++;
        won += a.probability > b.probability ? 1 : a.probability === b.probability ? 0.5 : 0;
      }
    }
    const figure = measured(
      "auc_pooled",
      all.map(([, count]) => count),
      of,
    );
    expect(Number.isNaN(figure)).toBe(pairs === 0);
    expect(figure || 0).toBeCloseTo(won / pairs || 0, 10);
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});

const predictions = predictionsIn(cases.map(([ranked, true_]) => predictionRecord(ranked, true_) ?? nothing));

test("the ROC curve has a point a distinct probability, and the area under it is the AUC", () => {
  const curve = rocCurve(predictions);
  expect(curve).toEqual([
    { threshold: Infinity, falsePositiveRate: 0, truePositiveRate: 0 },
    { threshold: 0.75, falsePositiveRate: 0, truePositiveRate: 1 / 2 },
    { threshold: 0.5, falsePositiveRate: 1 / 3, truePositiveRate: 1 },
    { threshold: 0.25, falsePositiveRate: 2 / 3, truePositiveRate: 1 },
    { threshold: 0.125, falsePositiveRate: 1, truePositiveRate: 1 },
  ]);
  const area = curve.slice(1).reduce((sum, point, i) => {
    const { falsePositiveRate: from, truePositiveRate: height } = curve[i]!;
    return sum + ((point.falsePositiveRate - from) * (point.truePositiveRate + height)) / 2;
  }, 0);
  expect(area).toBeCloseTo(measured("auc_pooled"), 12);
  expect(rocCurve([{ probability: 0.5, liked: 1 }])).toEqual([]);
});

test("a thinned ROC curve keeps both ends", () => {
  const many = Array.from(
    { length: 1000 },
    (_, i): Prediction => ({
      probability: i / 1000,
      liked: i % 3 === 0 ? 1 : 0,
    }),
  );
  const curve = rocCurve(many, 50);
  expect(curve.length).toBeLessThanOrEqual(51);
  expect(curve[0]).toMatchObject({ falsePositiveRate: 0, truePositiveRate: 0 });
  expect(curve.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 });
});

test("reliability bins hold what was predicted and what came of it; 1 belongs to the last", () => {
  const bins = reliability([...predictions, { probability: 1, liked: 1 }], 2);
  expect(bins[0]).toEqual({ from: 0, to: 0.5, count: 2, predicted: 0.1875, observed: 0 });
  expect(bins[1]).toEqual({ from: 0.5, to: 1, count: 4, predicted: 2.75 / 4, observed: 3 / 4 });
  expect(reliability([], 1)[0]).toMatchObject({ count: 0, predicted: Number.NaN, observed: Number.NaN });
});
