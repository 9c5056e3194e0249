import { expect, test } from "vitest";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { createRng } from "../base/rng.ts";
import { type StreamOptions, trainingStreams } from "./streams.ts";

const train = checkerboard({ users: 60 });
const options: StreamOptions = {
  order: "time",
  query: "liked",
  shots: [0, 1, 3],
  seed: 5,
  validFraction: 0.2,
  validDraws: 2,
};

test("who is judged while it trains is never learned from, in any epoch", () => {
  const { sample, valid, people } = trainingStreams(train, options);
  const judged = new Set(valid.map(({ user }) => user));
  expect([judged.size, people, valid.length]).toEqual([12, 48, 24]);
  for (let epoch = 0; epoch < 4; epoch++) {
    const learned = sample(createRng(epoch)).map(({ subject }) => subject);
    expect(learned).toHaveLength(48);
    expect(learned.filter((user) => judged.has(user))).toEqual([]);
  }
});

test("the seed decides who is judged and by which tasks; epochs draw support sizes anew", () => {
  const [one, same, other] = [5, 5, 6].map((seed) => trainingStreams(train, { ...options, seed }));
  expect(same!.valid).toEqual(one!.valid);
  expect(other!.valid.map(({ user }) => user)).not.toEqual(one!.valid.map(({ user }) => user));
  expect(one!.sample(createRng(1))).toEqual(one!.sample(createRng(1)));
  expect(one!.sample(createRng(1))).not.toEqual(one!.sample(createRng(2)));
});

test("people with too few events are left out, and fewer than two are refused", () => {
  const counts = new Map<number, number>();
  for (const user of train.interactions.user) counts.set(user, (counts.get(user) ?? 0) + 1);
  const enough = [...counts.values()].filter((n) => n >= 24).length;
  const { people, valid } = trainingStreams(train, { ...options, minEvents: 24 });
  expect(enough).toBeLessThan(55);
  const fewest = [...counts.values()].filter((n) => n <= 23).length;
  const few = trainingStreams(train, { ...options, maxEvents: 23 });
  expect(few.people + few.valid.length / 2).toBe(fewest);
  expect(people + valid.length / 2).toBe(enough);
  expect(() => trainingStreams(train, { ...options, minEvents: 99 })).toThrow(
    "training on checkerboard: expected at least two people with events to learn from and to be judged on, got 0",
  );
});
