import { expect, test } from "vitest";
import { tinyWorld } from "../../testing/worlds/tiny.ts";
import { createRng } from "../base/rng.ts";
import type { Ranker } from "../data/query.ts";
import { withTraining } from "../data/splits/training.ts";
import { evaluateRanker } from "./evaluate.ts";
import type { Evaluation, GroupResult } from "./evaluation.ts";
import { gapRows, groupRows } from "./group-report.ts";
import { byFeature, byHistoryLength, coldAndWarm, defaultGroupings } from "./groupings.ts";
import { anyMetricNamed } from "./metrics/named.ts";
import type { Case, Protocol } from "./protocols/protocol.ts";
import { compareToBest, qualityRows } from "./report.ts";

/** Items 0 to 3 are warm, 4 to 7 cold. */
const world = tinyWorld(
  [0, 1, 2, 3].map((item) => [0, item, 5] as const),
  {
    users: 2,
    items: 8,
    userColumns: {
      gender: { kind: "categorical", values: ["F", "M"] },
      zip: { kind: "categorical", values: ["1", undefined] },
      age: { kind: "numeric", values: Float64Array.of(1, 2) },
    },
  },
);
const train = withTraining(world, world.interactions);
const all = Int32Array.from({ length: 8 }, (_, i) => i);

/** Likes `liked`, dislikes `disliked`, knows `known` events. */
function person(id: string, gender: string | undefined, [liked, disliked, known]: readonly number[][]): Case {
  const items = Int32Array.from([...liked!, ...disliked!]);
  const values = Float32Array.from(items, (item) => (liked!.includes(item) ? 5 : 1));
  const history = { items: Int32Array.from(known!), values: new Float32Array(known!.length) };
  const features = gender === undefined ? {} : { gender };
  return { id, query: { features, history }, candidates: all, truth: { items, values } };
}

const cases = [
  person("a", "F", [[0, 4], [5], []]),
  person("b", "M", [[7], [0], Array.from({ length: 10 }, () => 0)]),
  person("c", undefined, [[1], [], Array.from({ length: 100 }, () => 0)]),
];
const protocol: Protocol = {
  name: "toy",
  candidates: "full",
  scale: world.scale,
  train,
  groups: [{ state: "s", shots: 0, draw: 0, cases }],
};

/** Ranks items by their number, predicts 3 and a half for each. */
const ranker: Ranker = {
  name: "by number",
  score: async (_query, items) => Float32Array.from(items, (item) => -item),
  rate: async (_query, items) => new Float32Array(items.length).fill(3.5),
  probability: async (_query, items) => new Float32Array(items.length).fill(0.25),
};

const names = ["mrr@3", "recall@3", "mae", "auc", "log_loss", "catalogue_coverage@3"];
const evaluation = await evaluateRanker(ranker, protocol, {
  metrics: names.map((name) => anyMetricNamed(name, train)),
  seed: 1,
  groupings: [byFeature("gender"), byHistoryLength(), coldAndWarm(train)],
});
const rows = groupRows([evaluation], { seed: 1 });

function figures(metric: string, grouping: string): Record<string, number> {
  const own = rows.filter((row) => row.metric === metric && row.grouping === grouping);
  return Object.fromEntries(own.map(({ group, mean }) => [group, mean]));
}

test("people by attribute and by what is known of them, a row a group; who belongs to none is in none", () => {
  expect(figures("mrr@3", "gender")).toEqual({ F: 1, M: 0 });
  expect(figures("mrr@3", "history")).toEqual({ "0-9": 1, "10-99": 0, "100+": 1 / 2 });
  expect(rows.find(({ group, metric }) => group === "F" && metric === "mae")).toMatchObject({
    state: "s",
    shots: 0,
    system: "by number",
    tasks: 1,
    leftOut: 0,
    mean: (1.5 + 1.5 + 2.5) / 3,
  });
});

test("pooled figures of a group are made of its people alone", () => {
  const [like, dislike] = [-Math.log(0.25), -Math.log(0.75)];
  expect(figures("log_loss", "gender").F).toBeCloseTo((2 * like + dislike) / 3, 6);
  expect(figures("log_loss", "gender").M).toBeCloseTo((like + dislike) / 2, 6);
  expect(figures("catalogue_coverage@3", "gender")).toEqual({ F: 3 / 8, M: 3 / 8 });
  expect(figures("log_loss", "items")).toEqual({});
});

test("cold and warm items: the used items of the other group neither count nor stand in the way", () => {
  // a, warm: like 0 is first of 0 1 2 3 6 7. Cold: likes 4 in 1 2 3 4 5 6 7, fourth.
  // b, warm: nothing liked. Cold: like 7 in 1 2 ... 7, last. c, warm: like 1 in 0 1 ..., second. Cold: none.
  expect(figures("mrr@3", "items")).toEqual({ warm: (1 + 1 / 2) / 2, cold: 0 });
  expect(figures("recall@3", "items")).toEqual({ warm: 1, cold: 0 });
  // a, warm: first of six, AUC 1. c: second of eight, 6/7. a, cold: 4 above 5, 6, 7, below 1, 2, 3: 3/6; b: 0.
  expect(figures("auc", "items").warm).toBeCloseTo((1 + 6 / 7) / 2, 12);
  expect(figures("auc", "items").cold).toBeCloseTo(1 / 4, 12);
  // Errors: warm a 1.5, b 2.5, c 1.5; cold a (1.5 + 2.5) / 2, b 1.5.
  expect(figures("mae", "items").warm).toBeCloseTo(5.5 / 3, 6);
  expect(figures("mae", "items").cold).toBeCloseTo(3.5 / 2, 6);
});

test("a short list is asked for deeper, so that there is somebody in the place of who was taken out", async () => {
  const liked: Ranker = {
    ...ranker,
    score: async (_query, items) => Float32Array.from(items, (i) => [9, 0, 0, 0, 8][i] ?? 0),
  };
  const result = await evaluateRanker(liked, protocol, {
    metrics: [anyMetricNamed("hit_rate@1", train)],
    seed: 1,
    groupings: [coldAndWarm(train)],
  });
  // a likes 0 and 4: without 0, which stands first, 4 does.
  expect(result.groups[0]?.items?.["items"]?.["cold"]?.["hit_rate@1"]?.[0]).toBe(1);
});

test("asking for groups changes no figure of everybody", async () => {
  const metrics = names.map((name) => anyMetricNamed(name, train));
  const plain = await evaluateRanker(ranker, protocol, { metrics, seed: 1 });
  expect(qualityRows([plain], { seed: 1 })).toEqual(qualityRows([evaluation], { seed: 1 }));
  expect(groupRows([plain], { seed: 1 })).toEqual([]);
});

test("groupings that tell anybody apart are chosen from the data", () => {
  expect(defaultGroupings(protocol).map(({ name }) => name)).toEqual(["gender", "history", "items"]);
  const alike: Protocol = { ...protocol, groups: [{ ...protocol.groups[0]!, cases: cases.slice(2) }] };
  expect(defaultGroupings(alike).map(({ name }) => name)).toEqual(["gender"]);
});

function judged(metrics: Readonly<Record<string, Float64Array>>, people: readonly string[]): Evaluation {
  const ids = people.map((_, i) => `u${i}`);
  const group: GroupResult = { state: "s", shots: 1, draw: 0, ids, metrics, people: { gender: people } };
  return { system: "x", protocol: "toy", candidates: "full", groups: [group] };
}

test("the gap is the best group's lead over the worst; errors are best where least; tiny groups are no rivals", () => {
  const rng = createRng(5);
  const people = [
    ...new Array<string>(200).fill("F"),
    ...new Array<string>(200).fill("M"),
    ...new Array<string>(200).fill("X"),
    ...new Array<string>(9).fill("tiny"),
  ];
  const level: Readonly<Record<string, number>> = { F: 2, M: 1, X: 1.2, tiny: 9 };
  const values = Float64Array.from(people, (name) => level[name]! + 0.1 * rng.normal());
  const gaps = gapRows([judged({ mae: values, "ndcg_binary@5": values, novelty: values }, people)], {
    seed: 1,
  });
  const [error, gain] = gaps;
  expect(error).toMatchObject({ metric: "mae", grouping: "gender", best: "M", worst: "F", tasks: 400 });
  expect(gain).toMatchObject({ metric: "ndcg_binary@5", best: "F", worst: "M" });
  expect(error?.mean).toBeCloseTo(1, 1);
  expect(gain?.mean).toBeCloseTo(error?.mean ?? 0, 12);
  // Two means of 200 values of deviation .1: 1.96 sqrt(2 x .01 / 200) = .0196 on each side.
  expect((error?.high ?? 0) - (error?.low ?? 0)).toBeCloseTo(0.039, 2);
  const records = people.map((_, i) => Float64Array.of(i % 7));
  const [group] = judged({}, people).groups;
  const lists = {
    ...judged({}, people),
    groups: [{ ...group!, pooled: { "gini@1": { records, catalogue: 9 } } }],
  };
  expect(gapRows([lists], { seed: 1 })).toEqual([]);
  expect(groupRows([lists], { seed: 1 })).toHaveLength(4);
  const only = judged({ mae: values.subarray(0, 200) }, people.slice(0, 200));
  expect(gapRows([only], { seed: 1 })).toEqual([]);
});

/** Somebody's predictions as records of log_loss: summed losses and their number. */
function losses(
  system: string,
  draws: readonly (readonly (readonly [string, number, number])[])[],
): Evaluation {
  const groups = draws.map(
    (list, draw): GroupResult => ({
      state: "s",
      shots: 1,
      draw,
      ids: list.map(([id]) => id),
      metrics: {},
      pooled: {
        log_loss: {
          records: list.map(([, sum, count]) =>
            count === 0 ? new Float64Array(0) : Float64Array.of(sum, count),
          ),
          catalogue: 1,
        },
      },
    }),
  );
  return { system, protocol: "toy", candidates: "query set", groups };
}

test("pooled rows: the mean over draws of the figure of all predictions, people without any left out", () => {
  const draws = [
    [
      ["a", 1, 1],
      ["b", 9, 3],
      ["c", 0, 0],
    ],
    [
      ["b", 4, 1],
      ["d", 0, 1],
    ],
  ] as const;
  const [row] = qualityRows([losses("x", draws)], { seed: 1 });
  expect(row).toMatchObject({
    metric: "log_loss",
    draws: 2,
    tasks: 3,
    leftOut: 1,
    mean: (10 / 4 + 4 / 2) / 2,
  });
});

test("two systems by a pooled error: the smaller wins, whatever the order of the people", () => {
  const rng = createRng(2);
  const people = Array.from({ length: 300 }, (_, i) => [`u${i}`, 2 + rng.next(), 2] as const);
  const better = people.map(([id, sum, n]) => [id, sum - 0.1 + 0.2 * rng.normal(), n] as const);
  const system = losses("ours", [better.toReversed()]);
  const [won] = compareToBest([system], [losses("theirs", [people])], "log_loss", { seed: 1 });
  expect(won).toMatchObject({ system: "ours", baseline: "theirs", star: true, tasks: 300 });
  expect(won?.mean).toBeCloseTo(0.05, 2);
  const [same] = compareToBest(
    [losses("same", [people.toReversed()])],
    [losses("theirs", [people])],
    "log_loss",
    {
      seed: 1,
    },
  );
  expect(same).toMatchObject({ star: false, p: 1 });
  expect(same?.mean).toBeCloseTo(0, 12);
  // In every resample as well, when draws name the people in different orders.
  const [a, b] = [people, people.toReversed()];
  const [turned] = compareToBest([losses("a", [a, b])], [losses("b", [a, a])], "log_loss", { seed: 1 });
  for (const end of [turned?.low, turned?.high]) expect(end).toBeCloseTo(0, 12);
});

test("what describes is not compared, and what a bootstrap cannot judge has no interval", () => {
  const one = judged({ coverage_90: Float64Array.of(1, 0), "popularity_bias@5": Float64Array.of(1, 2) }, [
    "F",
    "M",
  ]);
  expect(compareToBest([one], [one], "coverage_90", { seed: 1 })).toEqual([]);
  expect(compareToBest([one], [one], "popularity_bias@5", { seed: 1 })).toEqual([]);
  const coverage = qualityRows([evaluation], { seed: 1 }).find(({ metric }) =>
    metric.startsWith("catalogue"),
  );
  expect(coverage).toMatchObject({ mean: 3 / 8, low: Number.NaN, high: Number.NaN, tasks: 3 });
  expect(compareToBest([evaluation], [evaluation], "catalogue_coverage@3", { seed: 1 })).toEqual([]);
});
