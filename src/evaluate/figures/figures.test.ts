import fc from "fast-check";
import { expect, test } from "vitest";
import type { Comparison, QualityRow } from "../report.ts";
import { groupBars } from "./bars.ts";
import { costFigure } from "./costs.ts";
import { mostTelling, shotCurves } from "./curves.ts";
import { drawFigure } from "./draw.ts";
import { spread } from "./labels.ts";
import { leaderboardFigure } from "./leaderboard.ts";
import { calibrationCurve, calibrationFigure, rocCurve, rocFigure } from "./probabilities.ts";

const systems = [
  { label: "popularity", isBaseline: true },
  { label: "ease", isBaseline: true },
  { label: "maml", isBaseline: false },
  { label: "bayes-head:averaging=0", isBaseline: false },
];

function row(system: string, shots: number, mean: number): QualityRow {
  const where = { protocol: "p", candidates: "full", state: "cold-user", metric: "ndcg_binary@10" } as const;
  return {
    ...where,
    system,
    shots,
    mean,
    low: mean - 0.01,
    high: mean + 0.01,
    tasks: 50,
    leftOut: 0,
    draws: 1,
  };
}

const rows = [0, 5].flatMap((shots) => [
  row("popularity", shots, 0.15),
  row("ease", shots, 0.16),
  row("maml", shots, 0.01),
  row("bayes-head:averaging=0", shots, 0.2 + shots / 100),
]);
const star: Comparison = {
  ...rows[7]!,
  baseline: "ease",
  star: true,
  p: 0.01,
};

/** Texts of an SVG in the order they are drawn. */
const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text ?? "");

test("labels that would meet are moved apart as little as possible, by hand", () => {
  expect(spread([1, 1.1], 1, [0, 10])).toEqual([expect.closeTo(0.55, 9), expect.closeTo(1.55, 9)]);
  expect(spread([3, 1], 1, [0, 10])).toEqual([3, 1]);
  expect(spread([0, 0, 9], 2, [0, 10])).toEqual([0, 2, 9]);
  expect(spread([10, 10, 10], 2, [0, 10])).toEqual([6, 8, 10]);
});

test("labels keep their gap, their order and the bounds", () => {
  const wanted = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(wanted, (values) => {
      const placed = spread(values, 1, [0, 10]);
      const order = [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b);
      order.forEach((label, at) => {
        expect(placed[label]).toBeGreaterThanOrEqual(-1e-9);
        expect(placed[label]).toBeLessThanOrEqual(10 + 1e-9);
        const before = at > 0 ? placed[order[at - 1]!]! : Number.NEGATIVE_INFINITY;
        expect(placed[label]! - before).toBeGreaterThanOrEqual(1 - 1e-9);
      });
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("the leaderboard is drawn from best to worst, with figures and stars", async () => {
  const figure = leaderboardFigure({ rows, comparisons: [star], systems }, "ndcg_binary@10");
  const texts = textsOf(await drawFigure(figure!));
  const order = ["bayes-head:averaging=0", "ease", "popularity", "maml"];
  expect(texts.filter((text) => order.includes(text)).slice(0, 4)).toEqual(order);
  expect(texts).toContain(".250 ★");
  expect(texts.filter((text) => text.includes("★"))).toHaveLength(1);
  expect(leaderboardFigure({ rows, comparisons: [], systems }, "mae")).toBeUndefined();
});

test("of an error the smallest is first", async () => {
  const errors = rows.map((one) => ({ ...one, metric: "mae" }));
  const texts = textsOf(
    await drawFigure(leaderboardFigure({ rows: errors, comparisons: [], systems }, "mae")!),
  );
  const names = systems.map(({ label }) => label);
  expect(texts.filter((text) => names.includes(text))[0]).toBe("maml");
});

test("curves name the best and leave out what cannot do the task; one number of shots is no curve", async () => {
  const points = rows.map(({ shots, ...rest }) => ({ ...rest, at: String(shots) }));
  expect(mostTelling(points, systems, "ndcg_binary@10")).toEqual([
    "bayes-head:averaging=0",
    "ease",
    "popularity",
  ]);
  const [figure, ...more] = shotCurves(rows, systems, "ndcg_binary@10");
  expect(more).toEqual([]);
  const texts = textsOf(await drawFigure(figure!));
  expect(texts).toContain("bayes-head:averaging=0");
  expect(texts).not.toContain("maml");
  expect(
    shotCurves(
      rows.filter(({ shots }) => shots === 0),
      systems,
      "ndcg_binary@10",
    ),
  ).toEqual([]);
});

test("groups of too few tasks are not drawn, and one group is no figure", async () => {
  const own = rows.filter(({ shots }) => shots === 5);
  const groups = ["F", "M", "X"].flatMap((group) =>
    own.map((one) => ({ ...one, group, tasks: group === "X" ? 5 : 40 })),
  );
  const texts = textsOf(
    await drawFigure(groupBars(groups, systems, { metric: "ndcg_binary@10", of: "gender" })!),
  );
  expect(texts).toContain("M");
  expect(texts).not.toContain("X");
  expect(
    groupBars(
      groups.filter(({ group }) => group !== "M"),
      systems,
      { metric: "mae", of: "gender" },
    ),
  ).toBeUndefined();
});

test("costs show seconds and memory of everybody", async () => {
  const costs = systems.map((one, at) => ({ ...one, trainSeconds: at * 60, peakMb: 100 * (at + 1) }));
  const texts = textsOf(await drawFigure(costFigure(costs)));
  for (const text of ["&lt; .01", "60", "180", "100", "400", "maml"]) expect(texts).toContain(text);
});

/** Two likes and two others; the second and third are as probable. */
const predictions = {
  system: "maml",
  probability: Float32Array.of(0.9, 0.5, 0.5, 0.2),
  liked: Uint8Array.of(1, 1, 0, 0),
};

test("an ROC curve by hand: equal probabilities are one step, their area counts half", () => {
  const { points, area } = rocCurve(predictions);
  expect(points).toEqual([
    { x: 0, y: 0 },
    { x: 0, y: 0.5 },
    { x: 0.5, y: 1 },
    { x: 1, y: 1 },
  ]);
  expect(area).toBeCloseTo(0.875, 12);
});

test("a calibration curve by hand: bins of as many pairs by rising probability", () => {
  const probability = Float32Array.from({ length: 24 }, (_, i) => (23 - i) / 24);
  const liked = Uint8Array.from({ length: 24 }, (_, i) => (i < 12 ? 1 : 0));
  const points = calibrationCurve({ system: "maml", probability, liked });
  expect(points).toHaveLength(12);
  expect(points[0]).toEqual({ x: expect.closeTo(0.5 / 24, 6), y: 0 });
  expect(points[11]).toEqual({ x: expect.closeTo(22.5 / 24, 6), y: 1 });
  expect(points.map(({ y }) => y)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
});

test("equal probabilities share a bin: a constant is one point, in whatever order its pairs come", () => {
  const probability = new Float32Array(40).fill(0.5);
  const liked = Uint8Array.from(probability, (_, i) => (i < 10 ? 1 : 0));
  expect(calibrationCurve({ system: "constant", probability, liked })).toEqual([{ x: 0.5, y: 0.25 }]);
});

test("ROC and calibration are drawn with names and areas", async () => {
  const roc = await drawFigure(rocFigure([predictions], systems, "cold-user"));
  expect(textsOf(roc)).toContain("maml (.875)");
  const calibration = await drawFigure(calibrationFigure([predictions], systems, "cold-user"));
  expect(textsOf(calibration)).toContain("maml");
});
