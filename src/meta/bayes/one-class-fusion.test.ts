import { beforeAll, describe, expect, test } from "vitest";
import { picturesWorld } from "../../../testing/worlds/pictures.ts";
import { createRng } from "../../base/rng.ts";
import { emptyHistory, type History } from "../../data/query.ts";
import { fitCatalogue } from "../../encoders/catalogue.ts";
import type { Task } from "../../tasks/task.ts";
import { userTasks } from "../../tasks/users.ts";
import { oneClassBayes } from "./one-class.ts";
import { defaultOneClassConfig, idModality } from "./one-class-config.ts";
import type { ItemParts, OneClassPrior } from "./one-class-types.ts";

const world = picturesWorld();
const catalogue = fitCatalogue(world, { minEvents: 2, atLeast: 4 });
const config = {
  ...defaultOneClassConfig,
  embeddingSize: 6,
  hiddenSize: 4,
  idDropout: 0.5,
  modalityDropout: 0.1,
  batchTasks: 24,
  steps: 90,
  learningRate: 0.03,
  threads: 1,
  fusion: "gate" as const,
};
const learner = oneClassBayes(catalogue, config);
const tasks = userTasks(world, { order: "time", query: "liked", shots: [1, 2, 4] });
const some = (rng: ReturnType<typeof createRng>): Task[] =>
  tasks.sample(Int32Array.from(rng.sample(tasks.users, config.batchTasks)), rng).map(tasks.build);
const all = Int32Array.from(world.items.ids.keys());
const width = config.embeddingSize + 1;

let prior: OneClassPrior;
beforeAll(async () => {
  let state = learner.init(createRng(1));
  for (let step = 0; step < config.steps; step++) {
    const rng = createRng(step);
    [state] = await learner.metaStep(state, some(rng), rng);
  }
  prior = learner.prior(state);
}, 60_000);

/** Features of every item by the parts that the reader tells. */
function vectorsOf({ parts, weights }: ItemParts): number[][] {
  return Array.from(all, (i) =>
    Array.from({ length: width }, (_, j) =>
      [0, 1, 2].reduce((sum, m) => sum + weights[3 * i + m]! * parts[(3 * i + m) * width + j]!, 0),
    ),
  );
}
const read = async (of: OneClassPrior, cold = false): Promise<ItemParts> =>
  learner.items.parts(of, all, cold);
const historyOf = (items: readonly number[]): History => ({
  items: Int32Array.from(items),
  values: new Float32Array(items.length).fill(5),
});
const scoresOf = async (of: OneClassPrior, history: History, head = learner): Promise<number[]> => {
  const [fitted] = await head.adapt(of, { history });
  return [...(await head.score(of, fitted, all))];
};

test("the gate finds the picture, that tells, before the sound, that does not", async () => {
  const { parts, weights } = await read(prior, true);
  const both = Array.from(all).filter((i) => weights[3 * i]! > 0 && weights[3 * i + 1]! > 0);
  const mean = (of: (slot: number) => number, m: number): number =>
    both.reduce((sum, i) => sum + of(3 * i + m), 0) / both.length;
  const length = (slot: number): number =>
    weights[slot]! * Math.hypot(...parts.subarray(slot * width, (slot + 1) * width - 1));
  const gate = (slot: number): number => weights[slot]! / 2;
  expect(both.length).toBeGreaterThan(45);
  expect(mean(gate, 0) + mean(gate, 1)).toBeCloseTo(1, 5);
  expect(mean(gate, 0)).toBeGreaterThan(0.58);
  expect(mean(length, 0)).toBeGreaterThan(3 * mean(length, 1));
});

test("cold items with a picture are told apart by a single like", async () => {
  const scores = await scoresOf(prior, historyOf([20]));
  const cold = [3, 4, 5, 6, 8, 9];
  const of = (style: number): number[] => cold.filter((i) => world.style[i] === style).map((i) => scores[i]!);
  expect(Math.min(...of(1))).toBeGreaterThan(Math.max(...of(-1)));
});

describe("what is missing", () => {
  test("an item with an ID alone is its ID; with nothing at all it is zeros, and ranked by what is popular", async () => {
    const [whole, vectors] = [await read(prior), vectorsOf(await read(prior))];
    expect(Array.from(whole.weights.subarray(30, 36))).toEqual([0, 0, 1, 0, 0, 1]);
    const id = prior.params["id" as never] as unknown as Float32Array;
    const row = catalogue.warmRow[10]!;
    expect(vectors[10]).toEqual([...id.subarray(row * 6, row * 6 + 6), 0]);
    expect(Array.from(whole.weights.subarray(0, 6))).toEqual([0, 0, 0, 0, 0, 0]);
    expect([vectors[0], vectors[1]]).toEqual([new Array(width).fill(0), new Array(width).fill(0)]);
    const scores = await scoresOf(prior, historyOf([20]));
    expect(Number.isFinite(scores[0])).toBe(true);
    expect(scores[0]).toBe(scores[1]);
  });

  test("what is absent has no influence: other sounds leave items without one as they are", async () => {
    const content = prior.content.map((x, at) => (at >= 4 * width ? 5 * x + 1 : x));
    const [before, after] = [await read(prior), await read({ ...prior, content })].map(vectorsOf) as [
      number[][],
      number[][],
    ];
    const silent = Array.from(all).filter((i) =>
      Number.isNaN((world.items.columns["audio"] as never as { values: Float32Array }).values[4 * i]),
    );
    expect(silent.length).toBeGreaterThan(20);
    const same = Array.from(all).filter((i) => after[i]!.every((x, j) => x === before[i]![j]));
    expect(same).toEqual(silent);
  });

  test("a modality left out is one that no item has", async () => {
    const deaf = oneClassBayes(catalogue, { ...config, without: ["audio", idModality] });
    const { weights } = await deaf.items.parts(prior, all);
    expect(all.every((i) => weights[3 * i + 1] === 0 && weights[3 * i + 2] === 0)).toBe(true);
    expect(all.every((i) => [0, 1].includes(weights[3 * i]!))).toBe(true);
    expect(await scoresOf(prior, historyOf([20]), deaf)).not.toEqual(await scoresOf(prior, historyOf([20])));
  });
});

test("training and serving see the same vectors: a loss is that of the served scores", async () => {
  const task: Task = { id: "x", support: historyOf([20, 24]), query: historyOf([30]) };
  const scores = await scoresOf(prior, task.support);
  const rivals = [...catalogue.warm].filter((item) => ![20, 24].includes(item));
  const total = Math.log(rivals.reduce((sum, item) => sum + Math.exp(scores[item]!), 0));
  expect((await learner.queryLoss(prior, [task]))[0]).toBeCloseTo(total - scores[30]!, 3);
});

test("reasons stay exact: the parts of every score sum to it", async () => {
  for (const history of [emptyHistory, historyOf([20, 31, 0])]) {
    const [fitted] = await learner.adapt(prior, { history });
    const [scores, reasons] = [await scoresOf(prior, history), await learner.explain(prior, fitted, all)];
    reasons.forEach((parts, i) => {
      expect(parts.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(scores[i]!, 4);
      expect(parts).toHaveLength(3 + history.items.length);
    });
  }
});

test("the gradient of a step goes through the gates to vectors' projections", async () => {
  const still = oneClassBayes(catalogue, {
    ...config,
    idDropout: 0,
    modalityDropout: 0,
    penalty: { embeddings: 0, network: 0 },
  });
  const people = some(createRng(7));
  const lossAt = async (content: Float32Array): Promise<number> =>
    (await still.gradients({ ...prior, content }, people, createRng(1))).loss;
  const { grads } = await still.gradients(prior, people, createRng(1));
  for (const at of [0, 9, 4 * width + 2]) {
    const h = 0.01;
    const [up, down] = [
      await lossAt(prior.content.with(at, prior.content[at]! + h)),
      await lossAt(prior.content.with(at, prior.content[at]! - h)),
    ];
    expect(Math.abs((up - down) / (2 * h) - grads.content[at]!)).toBeLessThan(2e-3);
    expect(Math.abs(grads.content[at]!)).toBeGreaterThan(1e-4);
  }
});
