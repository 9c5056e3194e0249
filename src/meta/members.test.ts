import { expect, test } from "vitest";
import { averaged, type Explained, membersOf } from "./members.ts";

/** `score(x) = prior x + sum of prior v` over the values of the history. */
const toy: Explained<number, readonly number[]> = {
  name: "toy",
  adapt: async (prior, { history }) => [Array.from(history.values, (v) => prior * v), { slope: prior }],
  score: async (prior, events, items) =>
    Float32Array.from(items, (x) => events.reduce((sum, event) => sum + event, prior * x)),
  explain: async (prior, events, items) =>
    Array.from(items, (x) => [
      { source: "item", value: prior * x },
      ...events.map((value, event) => ({ source: "event" as const, event, value })),
    ]),
};
const query = { history: { items: Int32Array.of(7, 8), values: Float32Array.of(2, 4) } };
const items = Int32Array.of(1, 5);

test("members by hand: scores are averaged, and the parts of each score, event by event", async () => {
  const both = averaged(toy);
  const [fitted, info] = await both.adapt([1, 3], query);
  expect([both.name, info]).toEqual(["toy", { slope: 2 }]);
  // Alone 1 + 6 and 5 + 6, and 3 + 18 and 15 + 18.
  expect(await both.score([1, 3], fitted, items)).toEqual(Float32Array.of(14, 22));
  const events = [4, 8].map((value, event) => ({ source: "event", event, value }));
  expect(await both.explain([1, 3], fitted, items)).toEqual([
    [{ source: "item", value: 2 }, ...events],
    [{ source: "item", value: 10 }, ...events],
  ]);
});

test("a member alone answers with its own numbers", async () => {
  const [fitted] = await averaged(toy).adapt([0.1], query);
  const [own] = await toy.adapt(0.1, query);
  expect(fitted).toEqual([own]);
  expect(await averaged(toy).score([0.1], fitted, items)).toEqual(await toy.score(0.1, own, items));
  expect(await averaged(toy).explain([0.1], fitted, items)).toEqual(await toy.explain(0.1, own, items));
});

test("the first member first, and alone where a head has no others", () => {
  expect(membersOf({ prior: 1 })).toEqual([1]);
  expect(membersOf({ prior: 1, others: [2, 3] })).toEqual([1, 2, 3]);
});
