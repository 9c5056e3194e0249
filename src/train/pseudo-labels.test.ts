import { expect, test } from "vitest";
import { checkerboard, checkerboardValue } from "../../testing/worlds/checkerboard.ts";
import type { Query, Ranker } from "../data/query.ts";
import { withTraining } from "../data/splits/training.ts";
import { userTasks } from "../tasks/users.ts";
import { pseudoLabels } from "./pseudo-labels.ts";

const world = checkerboard({ users: 20 });
const train = withTraining(world, world.interactions);
const source = userTasks(train, { order: "random", query: "all", shots: [0] });
const score = async (_: Query, items: Int32Array): Promise<Float32Array> => new Float32Array(items.length);
const colourOf = ({ history }: Query): number =>
  (history.items[0]! % 2 === 0) === history.values[0]! > 3 ? 0 : 1;

/** Knows the colour of whoever has a history; sure about the first half of the board only. */
const teacher: Ranker = {
  name: "teacher",
  score,
  async predict(query, items) {
    const mean = Float32Array.from(items, (item) => checkerboardValue(colourOf(query), item));
    const wide = Float32Array.from(items, (item) => (item < 20 ? 0.5 : 2));
    return {
      mean,
      median: mean,
      low: mean.map((m, i) => m - wide[i]!),
      high: mean.map((m, i) => m + wide[i]!),
    };
  },
};

test("labels are the teacher's, of pairs nobody observed, where it is sure", async () => {
  const labels = await pseudoLabels(teacher, train, { asked: 12, confidence: 0.5, seed: 1 });
  expect([...labels.keys()]).toEqual([...train.warmUsers]);
  let n = 0;
  for (const [user, { items, values }] of labels) {
    const known = new Set(source.historyOf(user).items);
    items.forEach((item, i) => {
      expect(known.has(item)).toBe(false);
      expect(item).toBeLessThan(20);
      expect(values[i]).toBe(checkerboardValue(user, item));
      n++;
    });
    expect(new Set(items).size).toBe(items.length);
  }
  expect(n).toBeGreaterThan(60);
  expect(await pseudoLabels(teacher, train, { asked: 12, confidence: 0.5, seed: 1 })).toEqual(labels);
});

test("a higher threshold leaves fewer, one beyond the teacher none", async () => {
  const count = async (confidence: number): Promise<number> => {
    const labels = await pseudoLabels(teacher, train, { asked: 12, confidence, seed: 1 });
    return [...labels.values()].reduce((sum, { items }) => sum + items.length, 0);
  };
  // widths are 1 of 4 and 4 of 4
  const [all, half, none] = [await count(0), await count(0.75), await count(0.76)];
  expect(all).toBeGreaterThan(1.5 * half);
  expect(half).toBeGreaterThan(0);
  expect(none).toBe(0);
});

test("a teacher of probabilities labels by the likelier side", async () => {
  const probability = async (query: Query, items: Int32Array): Promise<Float32Array> =>
    Float32Array.from(items, (item) =>
      item < 20 ? (checkerboardValue(colourOf(query), item) > 3 ? 0.9 : 0.1) : 0.6,
    );
  const labels = await pseudoLabels({ name: "odds", score, probability }, train, {
    asked: 12,
    confidence: 0.8,
    seed: 1,
  });
  for (const [user, { items, values }] of labels)
    items.forEach((item, i) => expect([item < 20, values[i]]).toEqual([true, checkerboardValue(user, item)]));
});

test("a ranker that says nothing of how sure it is labels nothing", async () => {
  const labels = await pseudoLabels({ name: "mute", score }, train, { asked: 12, confidence: 0.6, seed: 1 });
  for (const { items } of labels.values()) expect(items).toHaveLength(0);
});
