import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import type { Evaluation, GroupResult } from "./evaluate.ts";
import { compareToBest, qualityRows } from "./report.ts";
import { resultsText } from "./results.ts";

type Values = Readonly<Record<string, readonly number[]>>;

function group(metrics: Values, rest: Partial<GroupResult> = {}): GroupResult {
  const columns = Object.entries(metrics).map(([name, values]) => [name, Float64Array.from(values)]);
  const ids = Object.values(metrics)[0]?.map((_, i) => `u${i}`) ?? [];
  return { state: "cold-user", shots: 1, draw: 0, ids, metrics: Object.fromEntries(columns), ...rest };
}

function evaluation(system: string, ...groups: GroupResult[]): Evaluation {
  return { system, protocol: "toy", candidates: "full", groups };
}

test("a row a metric and column; tasks in several draws count once, with their mean", () => {
  const draws = [group({ mae: [1, 3] }), group({ mae: [3, 3] }, { draw: 1, ids: ["u0", "u9"] })];
  const rows = qualityRows([evaluation("a", ...draws, group({ mae: [7] }, { shots: 5 }))], { seed: 1 });
  // u0: (1 + 3) / 2 = 2; u1: 3; u9: 3; mean 8 / 3.
  const first = {
    protocol: "toy",
    candidates: "full",
    state: "cold-user",
    system: "a",
    shots: 1,
    metric: "mae",
  };
  expect(rows[0]).toMatchObject({ ...first, draws: 2, tasks: 3, mean: 8 / 3 });
  expect(rows[1]).toMatchObject({ shots: 5, draws: 1, tasks: 1, mean: 7, low: 7, high: 7 });
  expect(rows).toHaveLength(2);
});

test("a task undefined in one draw keeps its value of the other", () => {
  const draws = [group({ auc: [Number.NaN, 1] }), group({ auc: [0.5, Number.NaN] }, { draw: 1 })];
  expect(qualityRows([evaluation("a", ...draws)], { seed: 1 })[0]).toMatchObject({
    tasks: 2,
    leftOut: 0,
    mean: 0.75,
  });
});

const rng = createRng(3);
const base = Array.from({ length: 200 }, () => rng.next());
const up = base.map((v) => v + 0.05 + 0.05 * rng.normal());
const ndcg = "ndcg_binary@10";

test("the star needs to be better than the best baseline, whatever the direction of the metric", () => {
  const weak = evaluation("weak", group({ [ndcg]: base.map((v) => v - 1), mae: base.map((v) => v + 1) }));
  const strong = evaluation("strong", group({ [ndcg]: base, mae: base }));
  const ours = evaluation("ours", group({ [ndcg]: up, mae: up }));
  const [ranked] = compareToBest([ours], [weak, strong], ndcg, { seed: 1 });
  expect(ranked).toMatchObject({ system: "ours", baseline: "strong", star: true, tasks: 200 });
  expect(ranked?.mean).toBeCloseTo(0.05, 1);
  // The same numbers are worse as errors.
  const [rated] = compareToBest([ours], [weak, strong], "mae", { seed: 1 });
  expect(rated).toMatchObject({ baseline: "strong", star: false });
  expect(rated?.mean).toBeCloseTo(-0.05, 1);
  expect(rated?.p).toBeLessThan(0.05);
  expect(compareToBest([strong], [weak, strong], ndcg, { seed: 1 })[0]).toMatchObject({
    star: false,
    p: 1,
    mean: 0,
  });
});

test("baselines without values are no rivals; systems on other tasks are refused, equal tasks in another order are not", () => {
  const silent = evaluation("silent", group({ mae: base.map(() => Number.NaN) }));
  expect(compareToBest([silent], [silent], "mae", { seed: 1 })).toEqual([]);
  const one = evaluation("one", group({ mae: [1, 2, 3] }));
  const turned = evaluation("turned", group({ mae: [3, 2, 1] }, { ids: ["u2", "u1", "u0"] }));
  expect(compareToBest([one], [turned], "mae", { seed: 1 })[0]).toMatchObject({
    mean: 0,
    low: 0,
    high: 0,
    p: 1,
  });
  const other = evaluation("other", group({ mae: [1, 2, 3] }, { ids: ["u0", "u1", "u7"] }));
  expect(() => compareToBest([one], [other], "mae", { seed: 1 })).toThrow(
    /one and other: expected the same tasks/,
  );
});

test("a results file says where its numbers come from", () => {
  const header = { what: "a toy", command: "npm run toy", commit: "abc", clock: { now: () => 0 } };
  const text = resultsText(header, [{ mean: 1 / 3, tasks: 1234567, low: Number.NaN }, { mean: 2 }]);
  const written = JSON.parse(text) as Record<string, unknown>;
  expect(written).toMatchObject({
    what: "a toy",
    command: "npm run toy",
    commit: "abc",
    date: "1970-01-01T00:00:00.000Z",
  });
  expect(written.machine).toMatchObject({ node: process.version });
  expect(written.rows).toEqual([{ mean: 0.333333, tasks: 1234567, low: null }, { mean: 2 }]);
});
