import { beforeAll, describe, expect, test } from "vitest";
import { linearTaste } from "../../../testing/worlds/linear-taste.ts";
import { createRng } from "../../base/rng.ts";
import type { Column, Dataset } from "../../data/dataset.ts";
import { emptyHistory } from "../../data/query.ts";
import { withTraining } from "../../data/splits/training.ts";
import { encodeTable } from "../../encoders/encoder.ts";
import { itemLevels } from "../../encoders/item-means.ts";
import {
  defaultRatingsKnowledgeOptions,
  fitRatingsKnowledge,
  type RatingsKnowledge,
} from "../../encoders/ratings-knowledge.ts";
import type { RatingsShape } from "../../models/ratings.ts";
import type { Task } from "../../tasks/task.ts";
import { userTasks } from "../../tasks/users.ts";
import { ratingsBayes } from "./ratings.ts";
import { tailOf } from "./ratings-calibration.ts";
import { defaultRatingsConfig } from "./ratings-config.ts";
import { layOutTasks, type RatingsTables, type RatingsWorld, tableGradients } from "./ratings-layout.ts";
import { ratingsStepProgram } from "./ratings-programs.ts";
import type { RatingsBayes, RatingsPrior } from "./ratings-types.ts";

const width = 3;
const options = {
  ...defaultRatingsKnowledgeOptions,
  factors: { ...defaultRatingsKnowledgeOptions.factors, size: width },
  content: { ...defaultRatingsKnowledgeOptions.content, threads: 1 },
};
const config = {
  contentSize: 2,
  batchTasks: 8,
  maxShots: 10,
  maxQuery: 6,
  steps: 60,
  learningRate: 0.01,
  threads: 1,
};

/** Values 1 to 5 from a linear taste; people have a job, items a genre and their numbers. */
function world(factor = 1): Dataset {
  const taste = linearTaste({ users: 90, items: 40, events: 16 });
  const { interactions } = taste;
  const value = interactions.value.map((v) => factor * Math.min(5, Math.max(1, Math.round(v - 2))));
  const job: Column = { kind: "categorical", values: taste.users.ids.map((_, u) => `job${u % 3}`) };
  const genre: Column = { kind: "categorical", values: taste.items.ids.map((_, i) => `genre${i % 4}`) };
  return {
    ...taste,
    users: { ...taste.users, columns: { job } },
    items: { ...taste.items, columns: { ...taste.items.columns, genre } },
    interactions: { ...interactions, value },
    scale: { min: factor, max: 5 * factor, liked: 4 * factor },
  };
}

interface Trained {
  readonly knowledge: RatingsKnowledge;
  readonly learner: RatingsBayes;
  readonly prior: RatingsPrior;
  readonly tasks: readonly Task[];
}

async function train(data: Dataset, steps: number): Promise<Trained> {
  const knowledge = await fitRatingsKnowledge(withTraining(data, data.interactions), options);
  const learner = ratingsBayes(knowledge, data.users, config);
  const tasks = userTasks(data, { order: "random", query: "all", shots: [1, 3, 5, 10], maxQuery: 6 });
  let state = learner.init(createRng(1));
  for (let step = 0; step < steps; step++) {
    const rng = createRng(step);
    const people = Int32Array.from(rng.sample(tasks.users, config.batchTasks));
    [state] = await learner.metaStep(state, tasks.sample(people, rng).map(tasks.build), rng);
  }
  return {
    knowledge,
    learner,
    prior: learner.prior(state),
    tasks: tasks.sample(tasks.users, createRng("test")).map(tasks.build),
  };
}

const one = world();
const items = Int32Array.from(one.items.ids.keys());
let [fresh, trained]: Trained[] = [];
beforeAll(async () => {
  [fresh, trained] = [await train(one, 0), await train(one, 40)];
}, 60_000);

test("twice the values on twice the scale: twice the predictions", async () => {
  const doubled = await train(world(2), 40);
  for (const shots of [0, 1, 10]) {
    const history = {
      items: items.slice(0, shots),
      values: Float32Array.from({ length: shots }, (_, j) => 1 + (j % 5)),
    };
    const [small] = await trained!.learner.adapt(trained!.prior, { history });
    const [large] = await doubled.learner.adapt(doubled.prior, {
      history: { items: history.items, values: history.values.map((v) => 2 * v) },
    });
    const a = await trained!.learner.predict(trained!.prior, small, items);
    const b = await doubled.learner.predict(doubled.prior, large, items);
    expect([...b.mean]).toEqual([...a.mean].map((x) => expect.closeTo(2 * x, 3)));
    expect([...b.variance]).toEqual([...a.variance].map((x) => expect.closeTo(4 * x, 3)));
    expect([...b.median]).toEqual([...a.median].map((x) => 2 * x));
  }
});

test("before training, a stranger's prediction is the item's level: mean, median and variance by hand", async () => {
  const { knowledge, learner, prior } = fresh!;
  const blank = { ...prior, tables: { ...prior.tables, content: prior.tables.content.map(() => 0) } };
  const [fitted] = await learner.adapt(blank, { history: emptyHistory });
  const { mean, median, variance } = await learner.predict(blank, fitted, items);
  const { means, levels, predictedLevel, factors } = knowledge;
  const { level, count } = itemLevels(means, predictedLevel, items);
  items.forEach((item) => {
    const length = factors.subarray(item * width, (item + 1) * width).reduce((sum, x) => sum + x * x, 0);
    // factors and content have unit variance (content is blank), the constant .16 and the level .05
    const spread = length + 0.16 + 0.05 * level[item]! ** 2 + 0.6 + 1 / (count[item]! + 4);
    expect(variance[item]).toBeCloseTo(spread * means.deviation ** 2, 3);
    const centre = means.mean + means.deviation * level[item]!;
    const below = (value: number): number =>
      1 / (1 + Math.exp((-1.702 * (value - centre)) / (means.deviation * Math.sqrt(spread))));
    const upTo = [0, 1.5, 2.5, 3.5, 4.5, 99].map((edge, c) => (c === 0 ? 0 : c === 5 ? 1 : below(edge)));
    const expected = [...levels].reduce((sum, value, c) => sum + value * (upTo[c + 1]! - upTo[c]!), 0);
    expect(mean[item]).toBeCloseTo(expected, 3);
    expect(median[item]).toBe(Math.min(5, Math.max(1, Math.round(centre))));
  });
  expect(new Set(median).size).toBeGreaterThan(1);
});

test("a rating is the mean of its distribution, or the median when told; scores are means all the same", async () => {
  const { knowledge, learner, prior } = trained!;
  const byMedian = ratingsBayes(knowledge, one.users, { ...config, point: "median" });
  const [fitted] = await learner.adapt(prior, { history: emptyHistory });
  const { mean, median } = await learner.predict(prior, fitted, items);
  expect(mean).not.toEqual(median);
  expect(await learner.rate(prior, fitted, items)).toEqual(mean);
  expect(await byMedian.rate(prior, fitted, items)).toEqual(median);
  for (const { score } of [learner, byMedian]) expect(await score(prior, fitted, items)).toEqual(mean);
});

test("more events, never less sure on the person's own scale; the intervals of a trained head hold what people gave", async () => {
  const { learner, prior, tasks } = trained!;
  let [inside, all] = [0, 0];
  for (const { support, query } of tasks) {
    const half = { items: support.items.slice(0, 1), values: support.values.slice(0, 1) };
    const [some, more] = [
      await learner.adapt(prior, { history: half }),
      await learner.adapt(prior, { history: support }),
    ];
    const before = await learner.predict(prior, some[0], query.items);
    const { mean, variance } = await learner.predict(prior, more[0], query.items);
    // apart from the person's own scale, which a surprise raises
    const [scale, scaleBefore] = [more[0].scale[0]!, some[0].scale[0]!];
    variance.forEach((v, i) =>
      expect(v / scale).toBeLessThanOrEqual((before.variance[i]! / scaleBefore) * 1.0001),
    );
    query.values.forEach((value, i) => {
      all++;
      // rounding to whole numbers adds 1/12
      inside += Number(Math.abs(value - mean[i]!) < 1.645 * Math.sqrt(variance[i]! + 1 / 12));
    });
  }
  expect(all).toBeGreaterThan(400);
  expect(inside / all).toBeGreaterThan(0.85);
  expect(inside / all).toBeLessThan(0.97);
});

test("calibrated on strangers, the intervals they are served leave out one value in ten, cold items or not", async () => {
  const { knowledge, learner, prior, tasks } = trained!;
  const strangers = tasks.map(({ user: _, own: __, ...task }) => task);
  const tails = await learner.calibrate([prior], strangers);
  const leftOut = async (of: RatingsKnowledge): Promise<number> => {
    const calibrated = ratingsBayes(of, one.users, { ...config, ...tails });
    let out = 0;
    for (const { support, query } of strangers) {
      const [fitted] = await calibrated.adapt(prior, { history: support });
      const { low, high } = await calibrated.predict(prior, fitted, query.items);
      out += query.values.filter((value, i) => value < low[i]! || value > high[i]!).length;
    }
    return out;
  };
  const n = strangers.reduce((sum, { query }) => sum + query.items.length, 0);
  const { means, neighbours: _, ...rest } = knowledge;
  const empty = { sums: means.sums.map(() => 0), counts: means.counts.map(() => 0) };
  // a value at the tail itself is held, up to rounding
  for (const of of [knowledge, { ...rest, means: { ...means, ...empty } }])
    expect(Math.abs((await leftOut(of)) - (Math.floor(0.1 * (n + 1)) - 1))).toBeLessThanOrEqual(1);
  expect(Math.abs(tails.coldTail - tails.warmTail)).toBeGreaterThan(1e-4);
});

test("too few values to leave any out: the tail is 0, the interval the whole scale", () => {
  expect(tailOf(Float32Array.from({ length: 8 }, (_, i) => 0.1 + i / 100))).toBe(0);
  expect(tailOf(Float32Array.of(0.3, 0.2, 0.4, 0.1, 0.25, 0.35, 0.45, 0.15, 0.05))).toBeCloseTo(0.05, 6);
});

test("losses of more people than fit into a batch are those of each alone", async () => {
  const { knowledge, prior, tasks } = trained!;
  const warm = ratingsBayes(knowledge, one.users, { ...config, coldTasks: 0 });
  const some = tasks.slice(0, 2 * config.batchTasks + 3);
  const together = await warm.queryLoss(prior, some);
  for (const [i, task] of some.entries())
    expect((await warm.queryLoss(prior, [task]))[0]).toBeCloseTo(together[i]!, 4);
  expect(new Set(together).size).toBe(some.length);
});

test("a step moves the fitted factors a tenth as far as the rest, and no prior that was taken before", async () => {
  const { knowledge, tasks } = fresh!;
  const warm = ratingsBayes(knowledge, one.users, { ...config, coldTasks: 0, weightDecay: 0 });
  const state = warm.init(createRng(1));
  const before = warm.prior(state);
  const kept = structuredClone(before);
  const [next] = await warm.metaStep(state, tasks.slice(0, config.batchTasks), createRng(1));
  const farthest = (name: keyof RatingsTables): number =>
    next.tables[name].reduce((most, x, k) => Math.max(most, Math.abs(x - kept.tables[name][k]!)), 0);
  // Adam's first step is one learning rate long: a fiftieth of it while it warms up
  expect(farthest("content")).toBeCloseTo(config.learningRate / 50, 6);
  expect(farthest("factors")).toBeCloseTo(config.learningRate / 500, 6);
  expect(before).toEqual(kept);
});

test("a prior's content is its own, however often it is asked", async () => {
  const { knowledge, prior } = trained!;
  const learner = ratingsBayes(knowledge, one.users, config);
  const other: RatingsPrior = {
    ...prior,
    tables: { ...prior.tables, content: prior.tables.content.map((x) => 3 * x) },
  };
  const history = { items: items.slice(0, 4), values: Float32Array.of(1, 5, 3, 4) };
  const rate = async (of: RatingsPrior): Promise<Float32Array> =>
    (await learner.predict(of, (await learner.adapt(of, { history }))[0], items)).mean;
  const first = await rate(prior);
  expect(await rate(other)).not.toEqual(first);
  expect(await rate(prior)).toEqual(first);
});

const shapeOf = ({ presence, levels }: RatingsKnowledge): RatingsShape => ({
  factorSize: width,
  contentSize: 2,
  presenceSize: presence.size,
  levels: levels.length,
});

describe("how tasks are laid out", () => {
  const laidOut = (task: Task, coldTasks: number, maxShots = 10) => {
    const { knowledge, prior } = fresh!;
    const setting: RatingsWorld = {
      knowledge,
      shape: shapeOf(knowledge),
      config: { ...defaultRatingsConfig, ...config, batchTasks: 2, maxShots, coldTasks },
      items: encodeTable(knowledge.encoder, knowledge.items),
      people: encodeTable(knowledge.people, one.users),
    };
    const tables: RatingsTables = { ...prior.tables, person: prior.tables.person.map((_, k) => k) };
    return layOutTasks(setting, tables, [task, task], createRng(1)).feeds as Record<string, Float32Array>;
  };

  test("the presence of the support's items is fed by the rows of the batch", () => {
    const { knowledge, tasks } = fresh!;
    const task = tasks.find(({ support }) => support.items.length === 5)!;
    const { presence, rows } = laidOut(task, 0);
    const { size, rows: known } = knowledge.presence;
    task.support.items.forEach((item, j) => {
      const own = known.subarray(item * size, (item + 1) * size);
      expect(own.some((x) => x !== 0)).toBe(true);
      expect(presence!.subarray(rows![j]! * size, (rows![j]! + 1) * size)).toEqual(own);
    });
  });

  test("an item's level is without the person's own event", () => {
    const { knowledge, tasks } = fresh!;
    const task = tasks.find(({ support }) => support.items.length === 5)!;
    const feeds = laidOut(task, 0);
    const own = { user: task.user!, history: task.own! };
    const expected = itemLevels(knowledge.means, knowledge.predictedLevel, task.support.items, own);
    expect(feeds["level"]!.subarray(0, 5)).toEqual(expected.level);
    expect(feeds["count"]!.subarray(0, 5)).toEqual(expected.count);
    const asked = itemLevels(knowledge.means, knowledge.predictedLevel, task.query.items, own);
    expect(feeds["level"]!.subarray(10, 10 + asked.level.length)).toEqual(asked.level);
    const blind = itemLevels(knowledge.means, knowledge.predictedLevel, task.support.items);
    expect(expected.level).not.toEqual(blind.level);
    expect([...expected.count]).toEqual([...blind.count].map((n) => n - 1));
  });

  test("a task played with cold items has content's word for their levels", () => {
    const { knowledge, tasks } = fresh!;
    const task = tasks.find(({ support }) => support.items.length === 3)!;
    const feeds = laidOut(task, 1);
    const { predictedLevel, levelVariance } = knowledge;
    expect([...feeds["keep"]!]).toEqual(new Array(32).fill(0));
    expect([...feeds["level"]!.subarray(0, 3)]).toEqual(
      [...task.support.items].map((i) => predictedLevel[i]),
    );
    expect([...feeds["spread"]!.subarray(0, 3)]).toEqual(
      [...task.support.items].map((i) => levelVariance[i]),
    );
    expect([...laidOut(task, 0)["keep"]!.subarray(0, 3)]).toEqual([1, 1, 1]);
  });

  test("values in deviations, their levels, padding; of too many events the latest", () => {
    const { knowledge, tasks } = fresh!;
    const { mean, deviation } = knowledge.means;
    const task = tasks.find(({ support }) => support.items.length === 10)!;
    const feeds = laidOut(task, 0, 4);
    const late = task.support.values.slice(-4);
    expect([...feeds["value"]!.subarray(0, 4)]).toEqual(
      [...late].map((v) => expect.closeTo((v - mean) / deviation, 5)),
    );
    expect([...feeds["rank"]!.subarray(0, 4)]).toEqual([...late].map((v) => v - 1));
    const queries = task.query.items.length;
    expect([...feeds["mask"]!.subarray(0, 10)]).toEqual([
      ...new Array(4 + queries).fill(1),
      ...new Array(6 - queries).fill(0),
    ]);
  });

  test("attributes shift the taste of people of the table, of nobody else", () => {
    const task = fresh!.tasks[0]!;
    const person = laidOut(task, 0)["person"]!;
    const { user: _, ...stranger } = task;
    expect(person.subarray(0, 7).some((x) => x !== 0)).toBe(true);
    expect(laidOut(stranger, 0)["person"]!.every((x) => x === 0)).toBe(true);
  });
});

test("gradients of the tables are those of the loss, by finite differences", async () => {
  const { knowledge, prior, tasks } = fresh!;
  const setting: RatingsWorld = {
    knowledge,
    shape: shapeOf(knowledge),
    config: { ...defaultRatingsConfig, ...config, coldTasks: 0.3 },
    items: encodeTable(knowledge.encoder, knowledge.items),
    people: encodeTable(knowledge.people, one.users),
  };
  const some = tasks.slice(0, config.batchTasks);
  const lay = (tables: RatingsTables) => layOutTasks(setting, tables, some, createRng(4));
  const first = lay(prior.tables);
  const program = await ratingsStepProgram(setting.shape, setting.config, {
    items: first.items.length,
    gradients: true,
  });
  const run = async (tables: RatingsTables) =>
    (await program.run({ params: prior.params, batch: lay(tables).feeds })) as unknown as {
      losses: Float32Array;
      grads: RatingsTables;
    };
  const loss = async (tables: RatingsTables): Promise<number> =>
    (await run(tables)).losses.reduce((a, b) => a + b, 0) / some.length;
  const found = tableGradients(setting, first, (await run(prior.tables)).grads);
  for (const name of ["content", "factors", "person"] as const) {
    const { rows, values } = found[name];
    const size = values.length / rows.length;
    const largest = values.reduce((best, x, k) => (Math.abs(x) > Math.abs(values[best]!) ? k : best), 0);
    const at = rows[Math.floor(largest / size)]! * size + (largest % size);
    const moved = async (by: number): Promise<number> => {
      const table = prior.tables[name].slice();
      table[at]! += by;
      return loss({ ...prior.tables, [name]: table });
    };
    const slope = ((await moved(0.02)) - (await moved(-0.02))) / 0.04;
    expect(Math.abs(slope)).toBeGreaterThan(0.005);
    expect([name, values[largest]! / slope]).toEqual([name, expect.closeTo(1, 1)]);
  }
  await program.release();
});
