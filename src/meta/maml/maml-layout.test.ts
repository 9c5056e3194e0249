import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { createDataset, type Dataset } from "../../data/dataset.ts";
import { fitCatalogue } from "../../encoders/catalogue.ts";
import { fitEncoder } from "../../encoders/encoder.ts";
import type { Task } from "../../tasks/task.ts";
import { defaultMamlConfig } from "./maml-config.ts";
import { latest, layOutTasks, levelsOf } from "./maml-layout.ts";
import { type MamlWorld, rowGradients } from "./maml-tables.ts";

/** Items 0 and 1 are rated twice, item 2 once and item 3 never; genres a, b, a, b. */
const train: Dataset = createDataset({
  name: "toy",
  users: { ids: ["u0", "u1"], columns: { sex: { kind: "categorical", values: ["f", "m"] } } },
  items: {
    ids: ["i0", "i1", "i2", "i3"],
    columns: { genre: { kind: "categorical", values: ["a", "b", "a", "b"] } },
  },
  interactions: {
    user: Int32Array.of(0, 0, 0, 1, 1),
    item: Int32Array.of(0, 1, 2, 0, 1),
    value: Float32Array.of(5, 1, 3, 5, 1),
  },
  scale: { min: 1, max: 5, liked: 4 },
  synthetic: true,
});
const catalogue = fitCatalogue(train, {
  minEvents: 2,
  encoder: { minCount: 1, knots: 2, buckets: 8 },
});
const people = fitEncoder(train.users, Int32Array.of(0, 1), { minCount: 1, knots: 2, buckets: 8 });
const config = {
  ...defaultMamlConfig,
  embeddingSize: 1,
  batchTasks: 3,
  maxShots: 8,
  maxQuery: 2,
  coldTasks: 0,
  idDropout: 0,
};
const world: MamlWorld = {
  catalogue,
  people,
  config,
  widths: { person: 1, content: 1, id: 1, level: 2 },
  levelPrior: new Float32Array(4),
};
// genre a is embedded as 10, b as 20; sex f as 3, m as 4; the warm items 0 and 1 as 100 and 200.
const tables = {
  content: Float32Array.of(10, 20),
  person: Float32Array.of(3, 4),
  id: Float32Array.of(100, 200),
};
const history = (items: number[], values: number[]): Task["support"] => ({
  items: Int32Array.from(items),
  values: Float32Array.from(values),
});
const tasks: Task[] = [
  { id: "u1", features: { sex: "m" }, support: history([1, 3], [1, 3]), query: history([0], [5]) },
  { id: "u0", features: {}, support: history([], []), query: history([3, 0, 1], [3, 5, 1]) },
];
const layOut = (given: Partial<typeof config> = {}): ReturnType<typeof layOutTasks> =>
  layOutTasks({ ...world, config: { ...config, ...given } }, tables, tasks, createRng(1));
const row = (layout: ReturnType<typeof layOutTasks>, name: string, task: number): number[] => {
  const values = layout.feeds[name] as Float32Array;
  return [...values.subarray(task * 10, (task + 1) * 10)];
};

test("support from slot 0, query after the bucket, values standardised, the rest masked", () => {
  const layout = layOut();
  expect(layout.shape).toEqual({ tasks: 3, shots: 8, query: 2, items: 256 });
  expect([...layout.items]).toEqual([1, 3, 0]);
  expect(row(layout, "rows", 0)).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 2, 0]);
  expect(row(layout, "mask", 0)).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 1, 0]);
  // mean 3, deviation sqrt(16 / 5)
  const z = Math.fround(2 / Math.sqrt(3.2));
  expect(row(layout, "value", 0)).toEqual([-z, 0, 0, 0, 0, 0, 0, 0, z, 0]);
  expect(row(layout, "mask", 2)).toEqual(new Array(10).fill(0));
});

test("a task without support has only query slots; a longer query is cut", () => {
  const layout = layOut();
  expect(row(layout, "mask", 1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  expect(row(layout, "rows", 1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
});

test("shares weigh real tasks equally and padding not at all", () => {
  expect(layOut().feeds["share"]).toEqual(Float32Array.of(0.5, 0.5, 0));
});

test("warm items keep what is theirs, cold ones have nothing to keep", () => {
  expect(row(layOut(), "keep", 0)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
  expect(row(layOut({ coldTasks: 1 }), "keep", 0)).toEqual(new Array(10).fill(0));
  expect(row(layOut({ idDropout: 1 }), "keep", 0)).toEqual(new Array(10).fill(0));
});

test("parts are pooled embeddings, padded", () => {
  const { person, content, id } = layOut().feeds["parts"] as Record<string, Float32Array>;
  expect(person).toEqual(Float32Array.of(4, 0, 0));
  expect([...content!.subarray(0, 4)]).toEqual([20, 20, 10, 0]);
  expect([...id!.subarray(0, 4)]).toEqual([200, 0, 100, 0]);
});

test("gradients go back to the rows that were used", () => {
  const layout = layOut();
  const parts = {
    person: Float32Array.of(0.5, 7, 7),
    content: Float32Array.of(1, 2, 4, 9),
    id: Float32Array.of(0.1, 9, 0.3, 9),
  };
  const { person, content, id } = rowGradients(world, layout, parts);
  expect(person).toEqual({ rows: Int32Array.of(1), values: Float32Array.of(0.5) });
  expect(content).toEqual({ rows: Int32Array.of(0, 1), values: Float32Array.of(4, 3) });
  expect(id).toEqual({ rows: Int32Array.of(1, 0), values: Float32Array.of(0.1, 0.3) });
});

test("parts without width have neither embeddings nor gradients", () => {
  const bare = { ...world, widths: { person: 0, content: 1, id: 0, level: 0 } };
  const layout = layOutTasks(bare, tables, tasks, createRng(1));
  expect(Object.keys(layout.feeds["parts"] as object)).toEqual(["content"]);
  expect(layout.feeds["level"]).toBeUndefined();
  expect(Object.keys(rowGradients(bare, layout, { content: new Float32Array(4) }))).toEqual(["content"]);
});

test("levels: a warm item's mean without the person's own event, zeros for cold items", () => {
  const { means } = catalogue;
  const all = levelsOf(world, Int32Array.of(0, 2, 3, 99));
  expect([...all]).toEqual([Math.fround(means.sums[0]! / 10), 1, 0, 0, 0, 0, 0, 0]);
  const own = { user: 1, history: history([0, 1], [5, 1]) };
  const share = 2 / Math.sqrt(3.2) - means.userLevels[1]!;
  const [without] = levelsOf(world, Int32Array.of(0), own);
  expect(without).toBeCloseTo((means.sums[0]! - share) / 9, 5);
});

test("in training a task's own events are taken out of its levels", () => {
  const own = { ...tasks[0]!, user: 1, own: history([0, 1], [5, 1]) };
  const level = (task: Task): number => {
    const { feeds } = layOutTasks(world, tables, [task], createRng(1));
    return (feeds["level"] as Float32Array)[8 * 2]!;
  };
  expect(level(own)).toBeLessThan(level(tasks[0]!));
});

test("latest keeps the end of a history", () => {
  expect(latest(history([1, 2, 3], [5, 6, 7]), 2)).toEqual(history([2, 3], [6, 7]));
  expect(latest(history([1], [5]), 4)).toEqual(history([1], [5]));
});
