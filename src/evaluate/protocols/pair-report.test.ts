import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import type { QualityRow } from "../report.ts";
import { comparePairs, pairMetrics, pairRows } from "./pair-report.ts";
import type { JudgedPairs, PairEvaluation } from "./pairs.ts";

type Pair = readonly [probability: number, liked: 0 | 1];

function groupOf(items: readonly (readonly Pair[])[], more: Partial<JudgedPairs> = {}): JudgedPairs {
  const offsets = [0];
  for (const pairs of items) offsets.push(offsets.at(-1)! + pairs.length);
  return {
    state: "cold",
    shots: 0,
    draw: 0,
    ids: items.map((_, i) => `i${i}`),
    offsets: Int32Array.from(offsets),
    probability: Float32Array.from(items.flat(), ([p]) => p),
    liked: Uint8Array.from(items.flat(), ([, yes]) => yes),
    ...more,
  };
}

const evaluationOf = (system: string, ...groups: JudgedPairs[]): PairEvaluation => ({
  system,
  protocol: "meta-emb",
  groups,
});

const options = { seed: 1, resamples: 200 };
const valueOf = (evaluation: PairEvaluation, metric: string): QualityRow =>
  pairRows([evaluation], options).find((row) => row.metric === metric)!;

/** Two items; the third has one kind of pair only. */
const items: readonly (readonly Pair[])[] = [
  [
    [0.75, 1],
    [0.5, 0],
    [0.25, 1],
  ],
  [
    [0.5, 1],
    [0.25, 0],
  ],
  [[0.125, 0]],
];

test("AUC over all pairs, ties half, by hand", () => {
  // Liked .75, .25, .5 against .5, .25, .125: 3 + (1 below, 1 tie) 1.5 + (2 below, 1 tie) 2.5 of 9.
  expect(valueOf(evaluationOf("a", groupOf(items)), "auc").mean).toBeCloseTo(7 / 9, 12);
});

test("GAUC is the AUC within items by their pairs, without items of one kind, by hand", () => {
  // Item 0: .75 wins, .25 loses: 1/2 on 3 pairs; item 1: 1 on 2 pairs.
  expect(valueOf(evaluationOf("a", groupOf(items)), "gauc").mean).toBeCloseTo((3 * 0.5 + 2) / 5, 12);
});

test("log loss by hand", () => {
  const sum = [0.75, 0.5, 0.25, 0.5, 0.75, 0.875].reduce((total, p) => total - Math.log(p), 0);
  expect(valueOf(evaluationOf("a", groupOf(items)), "log_loss").mean).toBeCloseTo(sum / 6, 6);
  const sure = groupOf([
    [
      [0, 1],
      [1, 0],
    ],
  ]);
  expect(valueOf(evaluationOf("sure", sure), "log_loss").mean).toBeCloseTo(-Math.log(1e-7), 3);
});

test("a figure of two draws is their mean, and rows say where they belong", () => {
  const good = groupOf([
    [
      [0.75, 1],
      [0.25, 0],
    ],
  ]);
  const bad = { ...good, liked: Uint8Array.of(0, 1), draw: 1 };
  const warm = { ...good, state: "warm-a", shots: 20 } as const;
  const rows = pairRows([evaluationOf("a", good, bad, warm)], options);
  expect(rows.map(({ state, shots, metric, draws }) => `${state} ${shots} ${metric} ${draws}`)).toEqual(
    pairMetrics.flatMap((metric) => [`cold 0 ${metric} 2`, `warm-a 20 ${metric} 1`]),
  );
  expect(rows[0]).toMatchObject({
    mean: 0.5,
    tasks: 1,
    system: "a",
    protocol: "meta-emb",
    candidates: "query set",
  });
  expect(rows[1]!.mean).toBe(1);
});

/** Many items whose pairs are liked with the probability `truth`, scored with noise of some size. */
function noisy(noise: number, seed: number): JudgedPairs {
  const [world, errors] = [createRng("world"), createRng(seed)];
  return groupOf(
    Array.from({ length: 60 }, () =>
      Array.from({ length: 20 }, (): Pair => {
        const logit = 1.5 * world.normal();
        const yes = world.next() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
        return [1 / (1 + Math.exp(-logit - noise * errors.normal())), yes];
      }),
    ),
  );
}

test("intervals hold the mean and narrow with the number of items", () => {
  for (const metric of pairMetrics) {
    const { mean, low, high } = valueOf(evaluationOf("a", noisy(0, 1)), metric);
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
    const once = high - low;
    const twice = noisy(0, 1);
    const four = groupOf(
      [0, 1, 2, 3].flatMap(() =>
        twice.ids.map((_, i) =>
          Array.from(
            { length: 20 },
            (_, j): Pair => [twice.probability[i * 20 + j]!, twice.liked[i * 20 + j] as 0 | 1],
          ),
        ),
      ),
    );
    const wide = valueOf(evaluationOf("b", four), metric);
    expect(wide.mean).toBeCloseTo(mean, 10);
    expect((wide.high - wide.low) / once).toBeGreaterThan(0.35);
    expect((wide.high - wide.low) / once).toBeLessThan(0.65);
  }
});

test("the better of two is found by the paired bootstrap, whichever way the metric points", () => {
  const [best, middle, worst] = [noisy(0, 1), noisy(2, 2), noisy(9, 3)];
  for (const metric of pairMetrics) {
    const rivals = [evaluationOf("worst", worst), evaluationOf("middle", middle)];
    const [row] = comparePairs([evaluationOf("best", best)], rivals, metric, options);
    expect(row).toMatchObject({ system: "best", baseline: "middle", star: true, state: "cold", metric });
    const gap = Math.abs(valueOf(evaluationOf("x", best), metric).mean - valueOf(rivals[1]!, metric).mean);
    expect(row!.mean).toBeCloseTo(gap, 10);
    const [same] = comparePairs([evaluationOf("twin", middle)], rivals, metric, options);
    expect([same!.mean, same!.p, same!.star]).toEqual([0, 1, false]);
    const [lost] = comparePairs(
      [evaluationOf("worst", worst)],
      [evaluationOf("best", best)],
      metric,
      options,
    );
    expect(lost!.mean).toBeLessThan(0);
    expect(lost!.star).toBe(false);
  }
});

test("other items cannot be compared", () => {
  const [a, b] = [groupOf(items), groupOf(items.slice(0, 2))];
  expect(() => comparePairs([evaluationOf("a", a)], [evaluationOf("b", b)], "auc", options)).toThrow(
    "comparison of a and b: expected the same items",
  );
});
