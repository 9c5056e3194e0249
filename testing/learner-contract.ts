import { beforeAll, describe, expect, test } from "vitest";
import { createRng } from "../src/base/rng.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { emptyHistory, type History, type Query } from "../src/data/query.ts";
import { type TrainingDataset, withTraining } from "../src/data/splits/training.ts";
import type { Learner } from "../src/meta/learner.ts";
import { selectEvents } from "../src/tasks/source.ts";
import type { Task } from "../src/tasks/task.ts";
import { type UserTaskOptions, type UserTasks, userTasks } from "../src/tasks/users.ts";
import { flatten, type Tree } from "../src/tensor/index.ts";

export interface LearnerContract<P, F, S> {
  /** A world with a known answer; its last quarter of the people is never trained on. */
  readonly world: Dataset;
  /** Makes the learner from the training people alone. */
  make(train: TrainingDataset): Learner<P, F, S> | Promise<Learner<P, F, S>>;
  readonly tasks: UserTaskOptions;
  readonly batchTasks: number;
  /** Meta-training steps until it knows the world. */
  readonly steps: number;
  /** Share of unequal pairs of query items that it then orders rightly for people it never met, at least. */
  readonly ordersPairs: number;
  /** Its mean absolute error over that of the training mean, at most; left out when it predicts no values. */
  readonly relativeError?: number;
  /** Why `queryLoss` may depend on the other tasks of the call; left out when it does not. */
  readonly lossesAreShared?: string;
  /** Why the support changes nothing; left out when it does. */
  readonly ignoresSupport?: string;
  /** Why the order of the support means something; left out when it does not. */
  readonly readsOrder?: string;
  /** Why an item that came after training must not be in a support; left out when it may. */
  readonly knownItemsOnly?: string;
}

/**
 * What every learner keeps. One call in a test file registers the whole suite.
 *
 * @example learnerContract("MAML", { world: linearTaste(), make: (train) => maml(fitCatalogue(train, ...), ...), ... });
 */
export function learnerContract<P, F, S>(name: string, contract: LearnerContract<P, F, S>): void {
  describe(`learner contract: ${name}`, () => {
    const setting = createSetting(contract);
    beforeAll(async () => {
      await setting.train();
    }, 60_000);
    initTests(setting);
    adaptTests(setting);
    trainingTests(setting);
    knowledgeTests(setting);
  });
}

interface Setting<P, F, S> {
  readonly contract: LearnerContract<P, F, S>;
  /** Made before the first test. */
  readonly learner: () => Learner<P, F, S>;
  readonly items: Int32Array;
  readonly trainMean: number;
  /** Tasks of people who were not trained on. */
  readonly unseen: readonly Task[];
  readonly batch: (step: number) => readonly Task[];
  train(): Promise<void>;
  prior(): P;
  untrained(): P;
}

function createSetting<P, F, S>(contract: LearnerContract<P, F, S>): Setting<P, F, S> {
  const { world, tasks: options, batchTasks } = contract;
  const train = firstThreeQuarters(world);
  const tasks = userTasks(train, options);
  const people = createRng("people");
  const batch = (step: number): readonly Task[] =>
    tasks
      .sample(Int32Array.from(people.split(step).sample(tasks.users, batchTasks)), people.split(`s${step}`))
      .map(tasks.build);
  let [learner, first, last]: [Learner<P, F, S>?, P?, P?] = [];
  return {
    contract,
    learner: () => learner as Learner<P, F, S>,
    items: Int32Array.from(world.items.ids, (_, i) => i),
    trainMean: train.interactions.value.reduce((a, b) => a + b, 0) / train.interactions.value.length,
    unseen: unseenTasks(userTasks(world, options), train),
    batch,
    async train() {
      learner = await contract.make(train);
      first = learner.prior(learner.init(createRng("contract")));
      let state = learner.init(createRng("contract"));
      for (let step = 0; step < contract.steps; step++)
        [state] = await learner.metaStep(state, batch(step), createRng(step));
      last = learner.prior(state);
    },
    prior: () => last as P,
    untrained: () => first as P,
  };
}

function firstThreeQuarters(world: Dataset): TrainingDataset {
  const { interactions } = world;
  const limit = Math.floor(world.users.ids.length * 0.75);
  const rows = Array.from(interactions.user.keys()).filter((row) => (interactions.user[row] ?? 0) < limit);
  const { items, values, times } = selectEvents(
    {
      items: interactions.item,
      values: interactions.value,
      ...(interactions.time === undefined ? {} : { times: interactions.time }),
    },
    rows,
  );
  return withTraining(world, {
    user: Int32Array.from(rows, (row) => interactions.user[row] ?? 0),
    item: items,
    value: values,
    ...(times === undefined ? {} : { time: times }),
  });
}

function unseenTasks(tasks: UserTasks, train: TrainingDataset): Task[] {
  const strangers = tasks.users.filter((user) => !train.warmUsers.includes(user));
  return tasks.sample(strangers, createRng("unseen")).map(tasks.build);
}

const rows = (value: unknown): [string, unknown][] =>
  flatten(value as Tree<unknown>).map(([path, leaf]) => [
    path,
    ArrayBuffer.isView(leaf) ? leaf : Number(leaf),
  ]);

function initTests<P, F, S>({ learner }: Setting<P, F, S>): void {
  test("init is reproducible by seed, and depends on it", () => {
    const [one, same, other] = [1, 1, 2].map((seed) =>
      rows(learner().prior(learner().init(createRng(seed)))),
    );
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test("the state is a tree of numbers and typed arrays", () => {
    const leaves = flatten(learner().init(createRng(1)) as Tree<unknown>);
    expect(leaves.length).toBeGreaterThan(0);
    expect(leaves.filter(([, leaf]) => !ArrayBuffer.isView(leaf) && typeof leaf !== "number")).toEqual([]);
  });
}

function adaptTests<P, F, S>(setting: Setting<P, F, S>): void {
  const { learner, items, unseen } = setting;
  const score = async (query: Query, wanted = items): Promise<number[]> => {
    const [fitted] = await learner().adapt(setting.prior(), query);
    return [...(await learner().score(setting.prior(), fitted, wanted))];
  };
  const longest = unseen.reduce(
    (a, b) => (b.support.items.length > a.support.items.length ? b : a),
    unseen[0]!,
  );
  const { items: history, values } = longest.support;
  const plain: History = { items: history, values };

  test.each(Object.entries(queriesOf(plain)))("%s: scores are finite and repeatable", async (_, query) => {
    const scores = await score(query);
    expect(scores.filter((s) => !Number.isFinite(s))).toEqual([]);
    expect(scores).toHaveLength(items.length);
    expect(await score(query)).toEqual(scores);
  });

  const why = setting.contract.knownItemsOnly;
  const later = why === undefined ? test : test.skip;
  later(`an item later than training says at most how somebody rates${why ? ` (${why})` : ""}`, async () => {
    const history = { items: Int32Array.of(1_000_000), values: plain.values.slice(0, 1) };
    const scores = await score({ history });
    expect(scores.filter((s) => !Number.isFinite(s))).toEqual([]);
  });

  const { readsOrder } = setting.contract;
  const unordered = readsOrder === undefined ? test : test.skip;
  unordered(`the order of the support changes nothing${readsOrder ? ` (${readsOrder})` : ""}`, async () => {
    const order = createRng(4).shuffle(Array.from(plain.items.keys()));
    expect(order.length).toBeGreaterThan(2);
    closeTo(await score({ history: selectEvents(plain, order) }), await score({ history: plain }), 1e-4);
  });

  test("an item's score does not depend on which others are asked about", async () => {
    const all = await score({ history: plain });
    const few = await score({ history: plain }, items.slice(3, 8));
    closeTo(few, all.slice(3, 8), 1e-4);
    expect(await score({ history: plain }, new Int32Array(0))).toEqual([]);
  });

  const deaf = setting.contract.ignoresSupport;
  const matters = deaf === undefined ? test : test.skip;
  matters(`the support matters${deaf ? ` (${deaf})` : ""}`, async () => {
    expect(await score({ history: plain })).not.toEqual(await score({ history: emptyHistory }));
  });

  test("adapting leaves prior and query as they were", async () => {
    const before = structuredClone([rows(setting.prior()), plain]);
    await score({ history: plain });
    expect([rows(setting.prior()), plain]).toEqual(before);
  });
}

function queriesOf(history: History): Record<string, Query> {
  const cut = (n: number): History =>
    selectEvents(
      history,
      Array.from({ length: n }, (_, i) => i),
    );
  return {
    "no event": { history: emptyHistory },
    "no event, features nobody had": { history: emptyHistory, features: { colour: "violet" } },
    "one event": { history: cut(1) },
    "two events, a time": { history: cut(2), time: 1_600_000_000 },
    "all events": { history },
  };
}

function trainingTests<P, F, S>(setting: Setting<P, F, S>): void {
  const { learner, contract, batch, unseen } = setting;
  const loss = async (prior: P): Promise<number> => {
    const losses = await learner().queryLoss(prior, unseen);
    return losses.reduce((a, b) => a + b, 0) / losses.length;
  };

  test("meta-training lowers the loss on people it never met", async () => {
    expect(await loss(setting.prior())).toBeLessThan((await loss(setting.untrained())) - 0.1);
  });

  test("the loss is one finite number a task, the same every time", async () => {
    const losses = await learner().queryLoss(setting.prior(), unseen);
    expect(losses).toHaveLength(unseen.length);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(await learner().queryLoss(setting.prior(), unseen)).toEqual(losses);
  });

  const shared = contract.lossesAreShared;
  const alone = shared === undefined ? test : test.skip;
  alone(
    `padding: a task's loss does not depend on longer ones beside it${shared ? ` (${shared})` : ""}`,
    async () => {
      const sorted = unseen.toSorted((a, b) => a.support.items.length - b.support.items.length);
      const [short, ...others] = [sorted[0]!, ...sorted.slice(-3)];
      const [single] = await learner().queryLoss(setting.prior(), [short]);
      const [beside] = await learner().queryLoss(setting.prior(), [short, ...others]);
      expect(beside).toBeCloseTo(single!, 4);
    },
  );

  test("a copied state goes on exactly as the original", async () => {
    let [state] = await learner().metaStep(learner().init(createRng(3)), batch(0), createRng(0));
    let copy = structuredClone(state);
    for (let step = 1; step < 4; step++) {
      [state] = await learner().metaStep(state, batch(step), createRng(step));
      [copy] = await learner().metaStep(copy, batch(step), createRng(step));
    }
    expect(rows(copy)).toEqual(rows(state));
  });
}

function knowledgeTests<P, F, S>(setting: Setting<P, F, S>): void {
  const { learner, contract, unseen, trainMean } = setting;

  test("orders what people it never met think of items they have not seen", async () => {
    const shares = await Promise.all(unseen.map((task) => orderedPairs(setting, task)));
    const known = shares.filter((share) => !Number.isNaN(share));
    expect(known.reduce((a, b) => a + b, 0) / known.length).toBeGreaterThan(contract.ordersPairs);
  });

  const { relativeError } = contract;
  if (relativeError === undefined) return;
  test("predicts values better than the training mean", async () => {
    let [own, base] = [0, 0];
    for (const { support, query } of unseen) {
      const [fitted] = await learner().adapt(setting.prior(), { history: support });
      const rated = (await learner().rate?.(setting.prior(), fitted, query.items)) ?? new Float32Array(0);
      expect(rated).toHaveLength(query.items.length);
      query.values.forEach((value, i) => {
        own += Math.abs(value - rated[i]!);
        base += Math.abs(value - trainMean);
      });
    }
    expect(own / base).toBeLessThan(relativeError);
  });
}

/** Share of pairs of other items that are scored in the order of their true values; NaN without unequal values. */
async function orderedPairs<P, F, S>(
  { learner, contract, prior }: Setting<P, F, S>,
  { user, support }: Task,
): Promise<number> {
  const { interactions } = contract.world;
  const held = Array.from(interactions.user.keys()).filter(
    (row) => interactions.user[row] === user && !support.items.includes(interactions.item[row]!),
  );
  const [fitted] = await learner().adapt(prior(), { history: support });
  const scores = await learner().score(
    prior(),
    fitted,
    Int32Array.from(held, (row) => interactions.item[row]!),
  );
  let [right, all] = [0, 0];
  held.forEach((a, i) => {
    held.forEach((b, j) => {
      if (interactions.value[a]! <= interactions.value[b]!) return;
      all++;
      if (scores[i]! > scores[j]!) right++;
    });
  });
  return right / all;
}

function closeTo(got: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(got).toHaveLength(expected.length);
  const worst = Math.max(0, ...got.map((x, i) => Math.abs(x - expected[i]!)));
  expect(worst).toBeLessThan(tolerance);
}
