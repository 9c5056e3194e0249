import { beforeAll, describe, expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import { createRng, type Rng } from "../../base/rng.ts";
import { emptyHistory, type History, type Query } from "../../data/query.ts";
import { type Catalogue, fitCatalogue } from "../../encoders/catalogue.ts";
import type { Task } from "../../tasks/task.ts";
import { userTasks } from "../../tasks/users.ts";
import { oneClassBayes } from "./one-class.ts";
import type { OneClassPrior } from "./one-class-types.ts";

const world = checkerboard({ users: 80 });
const catalogue = fitCatalogue(world, { minEvents: 2, atLeast: 4 });
const config = {
  embeddingSize: 8,
  hiddenSize: 8,
  idDropout: 0.1,
  batchTasks: 16,
  maxShots: 10,
  steps: 80,
  learningRate: 0.02,
  threads: 1,
};
const learner = oneClassBayes(catalogue, config);
const items = Int32Array.from(world.items.ids.keys());
const historyOf = (rows: readonly number[], values: readonly number[]): History => ({
  items: Int32Array.from(rows),
  values: Float32Array.from(values),
  times: Float64Array.from(rows, (_, j) => 1_505_000_000 + j * 86_400),
});

let prior: OneClassPrior;
beforeAll(async () => {
  const tasks = userTasks(world, { order: "time", query: "liked", shots: [1, 2, 4, 8] });
  let state = learner.init(createRng(1));
  for (let step = 0; step < config.steps; step++) {
    const rng = createRng(step);
    const people = Int32Array.from(rng.sample(tasks.users, config.batchTasks));
    [state] = await learner.metaStep(state, tasks.sample(people, rng).map(tasks.build), rng);
  }
  prior = learner.prior(state);
}, 60_000);

const scoresOf = async (query: Query): Promise<number[]> => {
  const [fitted] = await learner.adapt(prior, query);
  return [...(await learner.score(prior, fitted, items))];
};
const reasonsOf = async (query: Query) => {
  const [fitted] = await learner.adapt(prior, query);
  return learner.explain(prior, fitted, items);
};

describe("reasons", () => {
  test.each([
    ["a stranger", emptyHistory],
    ["one event", historyOf([3], [5])],
    ["a liked, a disliked, a cold and a liked item", historyOf([3, 8, 39, 11], [5, 1, 3, 4])],
  ])("%s: the parts of every item sum to its score", async (_, history) => {
    const query = { history, time: 1_507_000_000 };
    const [scores, reasons] = [await scoresOf(query), await reasonsOf(query)];
    expect(reasons).toHaveLength(items.length);
    reasons.forEach((parts, i) => {
      const total = parts.reduce((sum, { value }) => sum + value, 0);
      expect(Math.abs(total - scores[i]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(scores[i]!)));
      const events = parts.filter(({ source }) => source === "event").map(({ event }) => event);
      expect(events).toEqual(Array.from(history.items.keys()));
    });
    const personal = reasons.flat().filter(({ source }) => source === "event");
    expect(personal.length === 0 || personal.some(({ value }) => Math.abs(value) > 0.01)).toBe(true);
  });

  test("of a long history the latest 512 events are used, and named by their place in it", async () => {
    const rows = Array.from({ length: 520 }, (_, j) => j % 40);
    const [parts] = await reasonsOf({
      history: historyOf(
        rows,
        rows.map(() => 5),
      ),
    });
    const events = parts!.flatMap(({ event }) => event ?? []);
    expect(events).toEqual(Array.from({ length: 512 }, (_, j) => 8 + j));
  });
});

test("a like moves items of its colour up, those of the other colour less or down", async () => {
  for (const liked of [0, 1, 6, 15]) {
    const reasons = await reasonsOf({ history: historyOf([liked], [5]) });
    const gains = reasons.map((parts) => parts.find(({ source }) => source === "event")!.value);
    const warm = [...catalogue.warm].filter((item) => item !== liked);
    const same = warm.filter((item) => (item - liked) % 2 === 0).map((item) => gains[item]!);
    const other = warm.filter((item) => (item - liked) % 2 !== 0).map((item) => gains[item]!);
    expect([same.length, other.length].every((n) => n > 15)).toBe(true);
    expect(Math.min(...same)).toBeGreaterThan(Math.max(...other));
    expect(Math.min(...same)).toBeGreaterThan(0);
  }
});

test("a dislike says less of its colour than a like does", async () => {
  const colour = async (value: number): Promise<number> => {
    const scores = await scoresOf({ history: historyOf([4], [value]) });
    return [...catalogue.warm].reduce(
      (sum, i) => sum + (i === 4 ? 0 : scores[i]! * (i % 2 === 0 ? 1 : -1)),
      0,
    );
  };
  expect(await colour(5)).toBeGreaterThan(await colour(1));
});

test("taking an event back leaves no trace", async () => {
  const before = await scoresOf({ history: historyOf([2, 5], [5, 4]), time: 1_507_000_000 });
  await scoresOf({ history: historyOf([2, 5, 9], [5, 4, 1]), time: 1_507_000_000 });
  expect(await scoresOf({ history: historyOf([2, 5], [5, 4]), time: 1_507_000_000 })).toEqual(before);
});

describe("what a training step is fed", () => {
  const [mine] = userTasks(world, { order: "time", query: "liked", shots: [0] }).users;
  const tasks = userTasks(world, { order: "time", query: "liked", shots: [0] });
  const base: Task = tasks.build({ subject: mine!, shots: 0, seed: "1" });
  const unowned: Task = { ...base, own: emptyHistory };
  const dice = (value: number): Rng => ({ ...createRng(1), next: () => value });
  /** The loss a step reports, before it changes anything. */
  const lossOf = async (of: Catalogue, task: Task, rng: Rng, idDropout = 0): Promise<number> => {
    const other = oneClassBayes(of, { ...config, idDropout });
    const state = { ...other.init(createRng(1)), prior };
    return (await other.metaStep(state, [task], rng))[1]["loss"]!;
  };
  const withIds = async (factor: number): Promise<number> => {
    const ids = (prior.params["id" as never] as unknown as Float32Array).map((x) => factor * x);
    const scaled = { ...prior, params: { ...(prior.params as object), id: ids } } as unknown as OneClassPrior;
    return (await learner.queryLoss(scaled, [unowned]))[0]!;
  };

  test("ID dropout: hidden IDs are nothing, kept ones weigh one over the probability of being kept", async () => {
    expect(await lossOf(catalogue, unowned, dice(0.74), 0.75)).toBeCloseTo(await withIds(0), 4);
    expect(await lossOf(catalogue, unowned, dice(0.76), 0.75)).toBeCloseTo(await withIds(4), 4);
    expect(await lossOf(catalogue, unowned, dice(0), 0)).toBeCloseTo(await withIds(1), 4);
    expect(Math.abs((await withIds(0)) - (await withIds(4)))).toBeGreaterThan(0.01);
  });

  test("totals do not hold the person's own events", async () => {
    const totals = catalogue.trends.totals.slice();
    base.own!.items.forEach((item, j) => {
      totals[2 * item]! -= Number(base.own!.values[j]! >= 4);
      totals[2 * item + 1]!--;
    });
    const without = { ...catalogue, trends: { ...catalogue.trends, totals } };
    const left = await lossOf(catalogue, base, dice(0.5));
    expect(base.own!.items.length).toBeGreaterThan(10);
    expect(left).toBeCloseTo(await lossOf(without, unowned, dice(0.5)), 4);
    expect(Math.abs(left - (await lossOf(catalogue, unowned, dice(0.5))))).toBeGreaterThan(0.01);
  });

  test("of n likes each weighs 1 / sqrt(n): a step's loss is that mean over people", async () => {
    const people: Task[] = [[4], [6, 8, 10, 12]].map((rows, u) => {
      const query = historyOf(
        rows,
        rows.map(() => 5),
      );
      return { id: `p${u}`, support: historyOf([2 * u], [5]), query, time: 1_505_000_000 };
    });
    const [one, four] = await learner.queryLoss(prior, people);
    const plain = oneClassBayes(catalogue, { ...config, idDropout: 0 });
    const state = { ...plain.init(createRng(1)), prior };
    const [, info] = await plain.metaStep(state, people, dice(0.5));
    expect(info["loss"]).toBeCloseTo((one! + 2 * four!) / 3, 4);
    expect(Math.abs(one! - four!)).toBeGreaterThan(0.01);
  });

  test("what somebody already used is no candidate", async () => {
    const support = historyOf([0, 2], [5, 5]);
    const query = historyOf([4], [5]);
    const [one] = await learner.queryLoss(prior, [{ id: "x", support, query }]);
    const [fitted] = await learner.adapt(prior, { history: support });
    const scores = await learner.score(prior, fitted, catalogue.warm);
    const candidates = Array.from(catalogue.warm.keys()).filter(
      (row) => ![0, 2].includes(catalogue.warm[row]!),
    );
    const total = Math.log(candidates.reduce((sum, row) => sum + Math.exp(scores[row]!), 0));
    expect(one).toBeCloseTo(total - scores[catalogue.warmRow[4]!]!, 3);
  });
});

test("a list ranked twice is ranked for the moment and the prior of each request", async () => {
  const history = historyOf([3], [5]);
  const list = items.slice(0, 30);
  const at = async (time: number, of: OneClassPrior, asked: Int32Array): Promise<Float32Array> => {
    const [fitted] = await learner.adapt(of, { history, time });
    return learner.score(of, fitted, asked);
  };
  const untrained = learner.prior(learner.init(createRng(1)));
  const requests = [
    [1_501_000_000, prior],
    [1_506_000_000, prior],
    [1_506_000_000, untrained],
    [1_501_000_000, untrained],
  ] as const;
  const scores: Float32Array[] = [];
  for (const [time, of] of requests) scores.push(await at(time, of, list));
  for (const [i, [time, of]] of requests.entries()) {
    expect(scores[i]).toEqual(await at(time, of, list.slice()));
    for (const other of scores.slice(0, i)) expect(scores[i]).not.toEqual(other);
  }
});

test("cold items have content alone: the ID of none", async () => {
  const content = new Float32Array(prior.content.length);
  const blank = { ...prior, content };
  const [fitted] = await learner.adapt(blank, { history: historyOf([3], [5]) });
  const reasons = await learner.explain(blank, fitted, items);
  const personal = reasons[39]!.filter(({ source }) => source === "event" || source === "prior");
  expect(catalogue.warmRow[39]).toBe(-1);
  expect(personal.map(({ value }) => Math.abs(value))).toEqual([0, 0]);
});

test("losses asked for at once are those asked for one after another", async () => {
  const tasks = userTasks(world, { order: "time", query: "liked", shots: [1, 2, 4, 8] });
  const [a, b] = [0, 16].map((from) =>
    tasks.sample(tasks.users.slice(from, from + 16), createRng(from)).map(tasks.build),
  );
  const apart = [await learner.queryLoss(prior, a!), await learner.queryLoss(prior, b!)];
  expect(await Promise.all([learner.queryLoss(prior, a!), learner.queryLoss(prior, b!)])).toEqual(apart);
  expect(apart[0]).not.toEqual(apart[1]);
});
