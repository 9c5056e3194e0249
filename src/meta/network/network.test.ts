import { beforeAll, describe, expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import { linearTaste } from "../../../testing/worlds/linear-taste.ts";
import { createRng } from "../../base/rng.ts";
import type { History } from "../../data/query.ts";
import { type Catalogue, fitCatalogue } from "../../encoders/catalogue.ts";
import { itemTasks } from "../../tasks/items.ts";
import { selectEvents } from "../../tasks/source.ts";
import type { Task } from "../../tasks/task.ts";
import { userTasks } from "../../tasks/users.ts";
import { flatten, type Tree } from "../../tensor/index.ts";
import { methods } from "./methods.ts";
import { networkLearner } from "./network.ts";
import type { NetworkConfig } from "./network-config.ts";
import type { NetworkLearner, NetworkPrior, NetworkState } from "./types.ts";

const small: Partial<NetworkConfig> = {
  embeddingSize: 4,
  hidden: [6],
  batchTasks: 4,
  maxShots: 8,
  maxQuery: 4,
  coldTasks: 0,
  idDropout: 0,
  itemLevels: false,
  innerSteps: 2,
  innerLearningRate: 0.1,
  threads: 1,
};
const nobody = { fields: [] };
const world = linearTaste({ users: 40, items: 30, noise: 0.1 });
const catalogue = fitCatalogue(world, { minEvents: 1 });
const source = userTasks(world, { order: "random", query: "all", shots: [4], maxQuery: 4 });
const tasks = source.sample(source.users, createRng(1)).map(source.build);
const some = tasks.slice(0, 4);
const make = (given: Partial<NetworkConfig>, of: Catalogue = catalogue): NetworkLearner =>
  networkLearner(of, nobody, { ...small, ...given });
const leaves = (prior: NetworkPrior): Map<string, Float32Array> =>
  new Map(flatten<Float32Array>(prior as unknown as Tree<Float32Array>));

async function stepped(
  learner: NetworkLearner,
  batch: readonly Task[],
  steps = 1,
): Promise<[before: NetworkPrior, after: NetworkPrior]> {
  let state: NetworkState = learner.init(createRng(1));
  const before = learner.prior(state);
  for (let step = 0; step < steps; step++) [state] = await learner.metaStep(state, batch, createRng(step));
  return [before, learner.prior(state)];
}

test("weights: an event of weight 0 is none, and one of weight 2 is two of the same", async () => {
  const learner = make({ method: "maml" });
  const prior = learner.prior(learner.init(createRng(1)));
  const [task] = some as [Task];
  const lossOf = async (rows: number[], weights?: number[]): Promise<number> => {
    const plain = selectEvents(task.support, rows);
    const support: History = weights ? { ...plain, weights: Float32Array.from(weights) } : plain;
    return (await learner.queryLoss(prior, [{ ...task, support }]))[0]!;
  };
  const without = await lossOf([0, 1]);
  expect(await lossOf([0, 1, 2], [1, 1, 0])).toBeCloseTo(without, 5);
  expect(Math.abs((await lossOf([0, 1, 2])) - without)).toBeGreaterThan(1e-4);
  expect(await lossOf([0, 1], [2, 1])).toBeCloseTo(await lossOf([0, 0, 1]), 5);
});

test("weights decide as much when serving", async () => {
  const learner = make({ method: "maml" });
  const prior = learner.prior(learner.init(createRng(1)));
  const { support } = some[0] as Task;
  const scoresOf = async (history: History): Promise<number[]> => {
    const [fitted] = await learner.adapt(prior, { history });
    return [...(await learner.score(prior, fitted, Int32Array.of(1, 2, 3)))];
  };
  const weighted = await scoresOf({ ...support, weights: Float32Array.of(1, 1, 1, 0) });
  const fewer = await scoresOf(selectEvents(support, [0, 1, 2]));
  weighted.forEach((score, i) => expect(score).toBeCloseTo(fewer[i]!, 5));
});

describe("Reptile", () => {
  test("with one task and a rate of 1, the prior is what serving would have fitted to all of its events", async () => {
    const learner = make({ method: "reptile", learningRate: 1, decay: false, batchTasks: 2 });
    const [task] = some as [Task];
    // The rate opens over 30 steps, the first of which is a thirtieth.
    const [before, after] = await stepped(learner, [task]);
    const history: History = {
      items: Int32Array.from([...task.support.items, ...task.query.items]),
      values: Float32Array.from([...task.support.values, ...task.query.values]),
    };
    const [fitted] = await learner.adapt(before, { history });
    const [from, to] = [leaves(before), leaves(after)];
    for (const [path, goal] of flatten<Float32Array>(fitted.fast)) {
      const [start, moved] = [from.get(`params.${path}`)!, to.get(`params.${path}`)!];
      const ahead = goal.map((x, i) => x - start[i]!);
      expect(Math.max(...ahead.map(Math.abs))).toBeGreaterThan(1e-4);
      moved.forEach((x, i) => expect((x - start[i]!) * 30).toBeCloseTo(ahead[i]!, 4));
    }
  });

  test("moves the embeddings that its tasks touch, one task's as far as that of four", async () => {
    const learner = make({ method: "reptile", learningRate: 1, decay: false });
    const [task] = some as [Task];
    const [before, alone] = await stepped(learner, [task]);
    const [, four] = await stepped(learner, [task, task, task, task]);
    const touched = new Set(
      [...task.support.items, ...task.query.items].map((item) => catalogue.warmRow[item]!),
    );
    alone.tables.itemId.forEach((x, i) => {
      const moved = x !== before.tables.itemId[i];
      expect(moved).toBe(touched.has(Math.floor(i / 4)));
      expect(four.tables.itemId[i]).toBeCloseTo(x, 5);
    });
  });
});

describe("what is random in meta-training", () => {
  test("dropout: another mask, another step; the same stream, the same step; none in judging", async () => {
    const learner = make({ method: "melu", dropout: 0.5 });
    const state = learner.init(createRng(1));
    const lossOf = async (seed: number): Promise<number> =>
      (await learner.metaStep(structuredClone(state), some, createRng(seed)))[1]["loss"]!;
    expect(await lossOf(1)).toBe(await lossOf(1));
    expect(await lossOf(1)).not.toBe(await lossOf(2));
    const plain = make({ method: "melu" });
    const prior = learner.prior(state);
    expect(await learner.queryLoss(prior, some)).toEqual(await plain.queryLoss(prior, some));
  });

  test("adversarial: as without for a step of length 0, and otherwise another step", async () => {
    const stepsOf = async (adversarial: number): Promise<Map<string, Float32Array>> =>
      leaves((await stepped(make({ method: "melu", adversarial }), some, 3))[1]);
    const [none, tiny, far] = [await stepsOf(0), await stepsOf(1e-7), await stepsOf(1)];
    const weight = "params.network.head.weight";
    tiny.get(weight)!.forEach((x, i) => expect(x).toBeCloseTo(none.get(weight)![i]!, 4));
    expect(far.get(weight)).not.toEqual(none.get(weight));
  });
});

test("items drawn at adaptation depend on which events there are, not on their order", async () => {
  const learner = make({ method: "maml", loss: "softmax", negatives: 3 });
  const prior = learner.prior(learner.init(createRng(1)));
  const items = Int32Array.of(1, 2, 3, 4);
  const scoresOf = async (history: History): Promise<number[]> => {
    const [fitted] = await learner.adapt(prior, { history });
    return [...(await learner.score(prior, fitted, items))];
  };
  const history: History = {
    items: Int32Array.of(5, 9, 7),
    values: new Float32Array(3).fill(world.scale.max),
  };
  const there = await scoresOf(history);
  const back = await scoresOf(selectEvents(history, [2, 0, 1]));
  there.forEach((score, i) => expect(back[i]).toBeCloseTo(score, 5));
  expect(await scoresOf({ ...history, items: Int32Array.of(5, 9, 8) })).not.toEqual(there);
});

const ofPeople = methods
  .map(({ name }) => name)
  .filter((name) => !["same-id", "meta-emb", "mwuf"].includes(name));

test.each(ofPeople)(
  "%s learns from likes, by every loss of likes: a step changes what is judged",
  async (method) => {
    for (const loss of ["cross-entropy", "softmax", "bpr"] as const) {
      const learner = make({
        method,
        loss,
        negatives: 2,
        embeddingSize: 2,
        innerSteps: 1,
        learningRate: 0.1,
      });
      const [before, after] = await stepped(learner, some);
      const [first, second] = [await learner.queryLoss(before, some), await learner.queryLoss(after, some)];
      expect([...first, ...second].filter((x) => !Number.isFinite(x))).toEqual([]);
      expect(second).not.toEqual(first);
    }
  },
);

describe("items as tasks, on a checkerboard", () => {
  const board = checkerboard({ users: 60 });
  const known = fitCatalogue(board, { minEvents: 1 });
  const learner = networkLearner(
    known,
    nobody,
    {
      ...small,
      about: "item",
      method: "maml",
      loss: "cross-entropy",
      innerSteps: 5,
      innerLearningRate: 0.3,
      batchTasks: 8,
      maxQuery: 16,
      learningRate: 0.02,
      steps: 120,
      coldTasks: 1,
      supportShrinkage: 1,
    },
    board.users,
  );
  const items = itemTasks(board, { order: "random", query: "all", shots: [0, 4, 8], maxQuery: 16 });
  const [old, fresh] = [items.subjects.slice(0, -6), items.subjects.slice(-6)];
  let state: NetworkState;
  beforeAll(async () => {
    state = learner.init(createRng(1));
    for (let step = 0; step < 120; step++) {
      const rng = createRng(step);
      const batch = items.sample(Int32Array.from(rng.sample(old, 8)), rng.split("tasks")).map(items.build);
      [state] = await learner.metaStep(state, batch, rng.split("step"));
    }
  }, 30_000);

  test("a few events of a new item tell who of the others will like it", async () => {
    const prior = learner.prior(state);
    let [right, all] = [0, 0];
    for (const task of items.sample(fresh, createRng(9)).map(items.build)) {
      const history = selectEvents(items.historyOf(task.item!), [0, 1, 2, 3, 4, 5]);
      const rest = selectEvents(
        items.historyOf(task.item!),
        [...items.historyOf(task.item!).items.keys()].slice(6),
      );
      const [fitted] = await learner.adapt(prior, { item: task.item!, history });
      const users = rest.users as Int32Array;
      const pairs = { users, items: new Int32Array(users.length).fill(task.item!) };
      const odds = await learner.scorePairs(prior, fitted, pairs);
      rest.values.forEach((value, i) => {
        all++;
        right += Number(odds[i]! > 0 === value >= board.scale.liked);
      });
    }
    expect(all).toBeGreaterThan(50);
    expect(right / all).toBeGreaterThan(0.95);
  });

  test("nothing is known of an item nobody met: the same odds whoever asks is not what events leave", async () => {
    const prior = learner.prior(state);
    const item = fresh[0]!;
    const [cold] = await learner.adapt(prior, {
      item,
      history: { items: new Int32Array(0), values: new Float32Array(0) },
    });
    const [warm] = await learner.adapt(prior, {
      item,
      history: selectEvents(items.historyOf(item), [0, 1, 2, 3]),
    });
    const pairs = { users: Int32Array.of(0, 1, 2), items: new Int32Array(3).fill(item) };
    expect(await learner.scorePairs(prior, warm, pairs)).not.toEqual(
      await learner.scorePairs(prior, cold, pairs),
    );
  });
});
