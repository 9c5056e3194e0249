import fc from "fast-check";
import { expect, test } from "vitest";
import { tinyWorld } from "../../../testing/worlds/tiny.ts";
import { withTraining } from "../../data/splits/training.ts";
import { gini } from "./lists.ts";
import { truthOf } from "./metric.ts";
import { anyMetricNamed, metricNamed, pooledNamed } from "./named.ts";

/** Item 0 has 3 events of 3 people, items 1 and 2 have 1 each, item 3 none. */
const events = [
  [0, 0, 5],
  [1, 0, 5],
  [2, 0, 1],
  [0, 1, 4],
  [1, 2, 2],
] as const;
const world = tinyWorld(events, {
  users: 4,
  items: 4,
  itemColumns: {
    genre: { kind: "multi", values: [["a", "b"], ["b"], ["c"], []] },
    year: { kind: "numeric", values: Float64Array.of(1, 2, 3, 4) },
    maker: { kind: "categorical", values: ["x", "x", "y", undefined] },
  },
});
const train = withTraining(world, world.interactions);
const truth = truthOf(
  { items: new Int32Array(0), values: new Float32Array(0) },
  new Int32Array(0),
  world.scale,
);

function measured(name: string, items: readonly number[], of = train): number {
  const metric = anyMetricNamed(name, of);
  return "measure" in metric ? metric.measure({ items: Int32Array.from(items) }, truth) : Number.NaN;
}

const byHand: readonly [string, readonly number[], number, string][] = [
  [
    "novelty@2",
    [0, 3, 1],
    (-Math.log2(4 / 4) - Math.log2(1 / 4)) / 2,
    "(3 + 1) of (3 + 1), (0 + 1) of (3 + 1)",
  ],
  ["novelty@1", [1], -Math.log2(2 / 4), "(1 + 1) of (3 + 1)"],
  // 5 events over 3 items with events: 5/3 an item.
  ["popularity_bias@2", [0, 1], (3 / (5 / 3) + 1 / (5 / 3)) / 2, "3 and 1 events over 5/3"],
  // 80 % of 5 events are 4: items 0 and 1 hold them.
  ["long_tail@3", [0, 1, 2], 1 / 3, "items 0 and 1 are the head"],
  ["long_tail@4", [0, 3, 2, 1], 2 / 4, "2 and 3 are the tail"],
  // Words: {genre=a, genre=b, maker=x}, {genre=b, maker=x}, {genre=c, maker=y}, {}.
  ["diversity@2", [0, 1], 1 - 2 / 3, "two words of three are shared"],
  ["diversity@3", [0, 1, 2], (1 / 3 + 1 + 1) / 3, "three pairs"],
  ["diversity@2", [3, 0], 1, "nothing is known of 3"],
];

for (const [name, items, value, why] of byHand) {
  test(`${name} of [${items.join(", ")}] by hand: ${why}`, () => {
    expect(anyMetricNamed(name, train)).toMatchObject({ name, reads: "ranking" });
    expect(measured(name, items)).toBeCloseTo(value, 12);
  });
}

test("a list of nothing, of one, or of items without categories has no figure", () => {
  for (const name of ["novelty@3", "popularity_bias@3", "long_tail@3", "diversity@3"]) {
    expect(measured(name, []), name).toBeNaN();
  }
  expect(measured("diversity@3", [0])).toBeNaN();
  const bare = tinyWorld(events, { users: 4, items: 4 });
  expect(measured("diversity@2", [0, 1], withTraining(bare, bare.interactions))).toBeNaN();
});

function shown(
  name: string,
  lists: readonly (readonly number[])[],
  counts: readonly number[],
  catalogue = 5,
): number {
  const metric = pooledNamed(name);
  const records = lists.map(
    (items) => metric?.record({ items: Int32Array.from(items) }, truth) ?? new Float64Array(0),
  );
  return metric?.pool(records, catalogue)(counts) ?? Number.NaN;
}

test("catalogue coverage and Gini by hand", () => {
  const lists = [
    [0, 1, 4],
    [0, 2, 4],
  ];
  // First two places: 0 twice, 1 and 2 once, of five items: exposures 0 0 1 1 2.
  expect(shown("catalogue_coverage@2", lists, [1, 1])).toBe(3 / 5);
  expect(shown("catalogue_coverage@2", lists, [1, 0])).toBe(2 / 5);
  expect(shown("catalogue_coverage@3", lists, [1, 1])).toBe(4 / 5);
  // sum (2 i - 6) x_i = 0 (3) + 2 x 1 (4) + 4 x 2 (5) = 10; n sum = 5 x 4.
  expect(shown("gini@2", lists, [1, 1])).toBeCloseTo(10 / 20, 12);
  expect(shown("gini@1", lists, [1, 1])).toBeCloseTo(4 / 5, 12);
  expect(shown("gini@2", [], [])).toBeNaN();
  expect(pooledNamed("gini@2")?.collective).toBe(true);
});

test("Gini is the mean absolute difference of all pairs over twice the mean", () => {
  const exposures = fc.array(fc.nat(5), { minLength: 1, maxLength: 8 }).filter((x) => x.some((n) => n > 0));
  const property = fc.property(exposures, (x) => {
    // A list of one item each, as often as it is shown.
    const records = x.flatMap((n, item) => new Array<Float64Array>(n).fill(Float64Array.of(item)));
    const figure = gini(1).pool(records, x.length)(records.map(() => 1));
    const total = x.reduce((a, b) => a + b, 0);
    const differences = x.flatMap((a) => x.map((b) => Math.abs(a - b))).reduce((a, b) => a + b, 0);
    expect(figure).toBeCloseTo(differences / (2 * x.length * total), 10);
  });
  fc.assert(property, { seed: 1, numRuns: 100 });
});

test("any name finds its metric, whichever kind it is", () => {
  for (const name of [
    "mae",
    "ndcg_binary@10",
    "gini@10",
    "log_loss",
    "novelty@10",
    "f1(0.5)",
    "f1@5",
    "ece@10",
  ]) {
    expect(anyMetricNamed(name, train).name).toBe(name);
  }
  for (const name of ["novelty", "gini", "ece@0", "f1(2)", "f1(.)", "log_loss@3"]) {
    expect(() => anyMetricNamed(name, train), name).toThrow(/metric: expected .*novelty@k/);
  }
  expect(() => metricNamed("novelty@10")).toThrow(/metric: expected/);
});
