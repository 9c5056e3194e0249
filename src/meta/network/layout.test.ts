import { describe, expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { createDataset, type Dataset } from "../../data/dataset.ts";
import { fitCatalogue } from "../../encoders/catalogue.ts";
import { fitEncoder } from "../../encoders/encoder.ts";
import type { Task } from "../../tasks/task.ts";
import { type Layout, layOutTasks } from "./layout.ts";
import type { NetworkConfig } from "./network-config.ts";
import { latest, levelsOf, targetsOf, unitOf } from "./slots.ts";
import { rowGradients } from "./tables.ts";
import { type NetworkWorld, networkWorld } from "./world.ts";

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
const encoder = { minCount: 1, knots: 2, buckets: 8 };
const catalogue = fitCatalogue(train, { minEvents: 2, encoder });
const people = fitEncoder(train.users, Int32Array.of(0, 1), encoder);
const config: Partial<NetworkConfig> = {
  embeddingSize: 1,
  batchTasks: 3,
  maxShots: 8,
  maxQuery: 2,
  coldTasks: 0,
  idDropout: 0,
};
const worldOf = (given: Partial<NetworkConfig> = {}): NetworkWorld =>
  networkWorld(catalogue, people, { ...config, ...given }, train.users);
// genre a is embedded as 10, b as 20; sex f as 3, m as 4; the warm items 0 and 1 as 100 and 200; the users as 7 and 8.
const tables = {
  item: Float32Array.of(10, 20),
  user: Float32Array.of(3, 4),
  itemId: Float32Array.of(100, 200),
  userId: Float32Array.of(7, 8),
};
const history = (items: number[], values: number[], users?: number[]): Task["support"] => ({
  items: Int32Array.from(items),
  values: Float32Array.from(values),
  ...(users && { users: Int32Array.from(users) }),
});
const tasks: Task[] = [
  { id: "u1", features: { sex: "m" }, support: history([1, 3], [1, 3]), query: history([0], [5]) },
  { id: "u0", features: {}, support: history([], []), query: history([3, 0, 1], [3, 5, 1]) },
];
const layOut = (given: Partial<NetworkConfig> = {}, of: readonly Task[] = tasks): Layout =>
  layOutTasks(worldOf(given), tables, of, (_, i) => createRng(1).split(i));
const row = (layout: Layout, name: string, task: number): number[] => {
  const slots = layout.shape.shots + layout.shape.query;
  return [...(layout.feeds[name] as Float32Array).subarray(task * slots, (task + 1) * slots)];
};
const partsOf = (layout: Layout): Record<string, Float32Array> =>
  layout.feeds["parts"] as Record<string, Float32Array>;

describe("people as tasks", () => {
  test("support from slot 0, query after the bucket, values standardised, the rest masked", () => {
    const layout = layOut();
    expect(layout.shape).toEqual({ tasks: 3, shots: 8, query: 2, items: 256, users: 3 });
    expect([...layout.embedded.items]).toEqual([1, 3, 0]);
    expect(row(layout, "rows", 0)).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 2, 0]);
    expect(row(layout, "mask", 0)).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 1, 0]);
    // mean 3, deviation sqrt(16 / 5)
    const z = Math.fround(2 / Math.sqrt(3.2));
    expect(row(layout, "value", 0)).toEqual([-z, 0, 0, 0, 0, 0, 0, 0, z, 0]);
    expect(row(layout, "mask", 2)).toEqual(new Array(10).fill(0));
  });

  test("ratings as they are, where they are not standardised", () => {
    const raw = worldOf({ standardised: false });
    expect([...targetsOf(raw, Float32Array.of(1, 4.5))]).toEqual([1, 4.5]);
    expect(unitOf(raw)).toEqual({ mean: 0, deviation: 1 });
  });

  test("a task without support has only query slots; a longer query is cut", () => {
    expect(row(layOut(), "mask", 1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect(row(layOut(), "rows", 1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
  });

  test("shares weigh real tasks equally and padding not at all", () => {
    expect(layOut().feeds["share"]).toEqual(Float32Array.of(0.5, 0.5, 0));
  });

  test("weights of events are their mask; an event played as unknown keeps nothing of its item", () => {
    const [first] = tasks as [Task, Task];
    const query = { ...first.query, weights: Float32Array.of(0.25), unknown: Uint8Array.of(1) };
    const layout = layOut({}, [{ ...first, query }]);
    expect(row(layout, "mask", 0)[8]).toBe(0.25);
    expect(row(layout, "keep", 0)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("warm items keep what is theirs, cold ones have nothing to keep", () => {
    expect(row(layOut(), "keep", 0)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(row(layOut({ coldTasks: 1 }), "keep", 0)).toEqual(new Array(10).fill(0));
    expect(row(layOut({ idDropout: 1 }), "keep", 0)).toEqual(new Array(10).fill(0));
  });

  test("parts are pooled embeddings, padded", () => {
    const { user, item, itemId, userId } = partsOf(layOut());
    expect(user).toEqual(Float32Array.of(4, 0, 0));
    expect([...item!.subarray(0, 4)]).toEqual([20, 20, 10, 0]);
    expect([...itemId!.subarray(0, 4)]).toEqual([200, 0, 100, 0]);
    expect(userId).toBeUndefined();
  });

  test("gradients go back to the rows that were used", () => {
    const gradients = rowGradients(worldOf(), layOut().embedded, {
      user: Float32Array.of(0.5, 7, 7),
      item: Float32Array.of(1, 2, 4, 9),
      itemId: Float32Array.of(0.1, 9, 0.3, 9),
    });
    expect(gradients.user).toEqual({ rows: Int32Array.of(1), values: Float32Array.of(0.5) });
    expect(gradients.item).toEqual({ rows: Int32Array.of(0, 1), values: Float32Array.of(4, 3) });
    expect(gradients.itemId).toEqual({ rows: Int32Array.of(1, 0), values: Float32Array.of(0.1, 0.3) });
  });

  test("parts without width have neither embeddings nor gradients", () => {
    const bare = networkWorld(catalogue, { fields: [] }, { ...config, itemIds: false, itemLevels: false });
    const layout = layOutTasks(bare, tables, tasks, () => createRng(1));
    expect(Object.keys(partsOf(layout))).toEqual(["item"]);
    expect(layout.feeds["dense"]).toBeUndefined();
    expect(Object.keys(rowGradients(bare, layout.embedded, { item: new Float32Array(4) }))).toEqual(["item"]);
  });

  test("levels: a warm item's mean without the person's own event, zeros for cold items", () => {
    const { means } = catalogue;
    const all = levelsOf(worldOf(), Int32Array.of(0, 2, 3, 99));
    expect([...all]).toEqual([Math.fround(means.sums[0]! / 10), 1, 0, 0, 0, 0, 0, 0]);
    const share = 2 / Math.sqrt(3.2) - means.userLevels[1]!;
    const [without] = levelsOf(worldOf(), Int32Array.of(0), { user: 1, history: history([0, 1], [5, 1]) });
    expect(without).toBeCloseTo((means.sums[0]! - share) / 9, 5);
  });

  test("in training a task's own events are taken out of its levels", () => {
    const level = (task: Task): number => (layOut({}, [task]).feeds["dense"] as Float32Array)[8 * 2]!;
    const [task] = tasks as [Task, Task];
    expect(level({ ...task, user: 1, own: history([0, 1], [5, 1]) })).toBeLessThan(level(task));
  });

  test("latest keeps the end of a history with all its columns", () => {
    expect(latest(history([1, 2, 3], [5, 6, 7], [3, 4, 5]), 2)).toEqual(history([2, 3], [6, 7], [4, 5]));
    expect(latest(history([1], [5]), 4)).toEqual(history([1], [5]));
  });
});

describe("items drawn against events", () => {
  const clicks = { loss: "softmax", negatives: 2 } as const;

  test("follow the events, none of the person's own among them, with value 0 and the weight of their event", () => {
    const [first] = tasks as [Task, Task];
    const task = {
      ...first,
      query: { ...history([1], [5]), weights: Float32Array.of(0.5) },
      support: history([3], [5]),
    };
    const layout = layOut(clicks, [task]);
    expect(layout.shape).toMatchObject({ shots: 8 * 3, query: 2 * 3 });
    // Item 0 is the only warm one left.
    const items = row(layout, "rows", 0).map((at) => layout.embedded.items[at]);
    expect(items.slice(0, 3)).toEqual([3, 0, 0]);
    expect(row(layout, "value", 0).slice(0, 4)).toEqual([1, 0, 0, 0]);
    expect(row(layout, "mask", 0).slice(0, 4)).toEqual([1, 1, 1, 0]);
    expect(items.slice(24, 27)).toEqual([1, 0, 0]);
    expect(row(layout, "value", 0).slice(24)).toEqual([1, 0, 0, 0, 0, 0]);
    expect(row(layout, "mask", 0).slice(24)).toEqual([0.5, 0.5, 0.5, 0, 0, 0]);
  });

  test("are not drawn where the person knows every warm item", () => {
    const layout = layOut(clicks, [{ id: "x", support: history([0], [5]), query: history([1], [5]) }]);
    expect(row(layout, "mask", 0).filter((weight) => weight > 0)).toHaveLength(2);
  });

  test("a network that reads the support in its order is told of true events only", () => {
    const task = { id: "x", support: history([3], [5]), query: history([1], [5]) };
    const layout = layOut({ ...clicks, method: "none", model: "sequence" }, [task]);
    expect(layout.shape).toMatchObject({ shots: 8, query: 6 });
    expect(row(layout, "mask", 0)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
  });
});

describe("items as tasks", () => {
  const about = { about: "item", loss: "cross-entropy" } as const;
  const liked: Task = {
    id: "i1",
    item: 1,
    support: history([1], [5], [1]),
    query: history([1, 1], [1, 5], [0, 99]),
  };

  test("events name users, whose embeddings are gathered; whoever is not in the table has no ID", () => {
    const layout = layOut(about, [liked]);
    expect([...layout.embedded.users]).toEqual([1, 0, 99]);
    expect(row(layout, "userRows", 0)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
    expect([...(layout.feeds["subject"] as Int32Array)]).toEqual([0, 0, 0]);
    expect([...layout.embedded.items]).toEqual([1]);
    const { user, userId } = partsOf(layout);
    expect([...user!.subarray(0, 4)]).toEqual([4, 3, 0, 0]);
    expect([...userId!.subarray(0, 4)]).toEqual([8, 7, 0, 0]);
    expect(row(layout, "value", 0)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test("what others said of the item is not told, for it is what is asked", () => {
    expect(layOut(about, [liked]).feeds["dense"]).toBeUndefined();
  });
});

test.each([
  [{ about: "item" }, undefined, "expected the table of users"],
  [{ loss: "softmax" }, train.users, "negatives > 0"],
  [{ about: "item", loss: "cross-entropy", negatives: 3 }, train.users, "negatives = 0"],
  [{ method: "mamml" }, train.users, 'got "mamml"'],
] as const)("%o does not fit together", (given, users, message) => {
  expect(() => networkWorld(catalogue, people, given as Partial<NetworkConfig>, users)).toThrow(message);
});
