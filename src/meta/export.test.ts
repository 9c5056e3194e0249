import { expect, test } from "vitest";
import { misses } from "../../testing/backend-contract.ts";
import { evaluate } from "../../testing/reference.ts";
import { createRng } from "../base/rng.ts";
import type { Query } from "../data/query.ts";
import { syntheticWorld } from "../data/synthetic.ts";
import { fitCatalogue } from "../encoders/catalogue.ts";
import { fitEncoder } from "../encoders/encoder.ts";
import { defaultLikeWeightOptions, fitLikeWeights } from "../encoders/like-weights.ts";
import { fitRatingsKnowledge } from "../encoders/ratings-knowledge.ts";
import { importOnnx, mapTree, type Tensor } from "../tensor/index.ts";
import { choiceRanker, frozenCatalogue, likingRanker } from "./bayes/bayes-head.ts";
import { oneClassBayes } from "./bayes/one-class.ts";
import { exportOneClass } from "./bayes/one-class-export.ts";
import { ratingsBayes } from "./bayes/ratings.ts";
import { exportRatings } from "./bayes/ratings-export.ts";
import type { LearnerExport } from "./export.ts";
import { methods } from "./network/methods.ts";
import { networkLearner } from "./network/network.ts";
import type { NetworkConfig } from "./network/network-config.ts";
import { exportNetwork } from "./network/network-export.ts";

const plain = syntheticWorld({ users: 60, items: 40, seed: 4 });
const age = { kind: "numeric", values: Float64Array.from(plain.users.ids, (_, i) => 20 + (i % 30)) } as const;
const world = { ...plain, users: { ...plain.users, columns: { ...plain.users.columns, age } } };
const all = Int32Array.from(world.items.ids.keys());
const shots = 8;
const rng = createRng("export");

/** Parameters that are all different from zero, so that none can be forgotten. */
function shaken<P>(prior: P): P {
  const stream = rng.split("shaken");
  return mapTree(prior, (x: Float32Array) => x.map((v) => v + 0.2 * stream.normal())) as P;
}

const end = Math.max(...(world.interactions.time ?? [0])) + 10 * 86_400;

function queryOf(events: number): Query {
  const stream = rng.split(`events ${events}`);
  const times = Float64Array.from({ length: events }, (_, i) => end - (events - i) * 3.3 * 86_400);
  const items = Int32Array.from(stream.sample(all, events));
  const { min, max } = world.scale;
  const values = Float32Array.from(items, () => min + stream.int(2 * (max - min) + 1) / 2);
  return { history: { items, values, times }, time: end };
}

/** Runs a file in float64, inputs by name. */
function run(
  file: Uint8Array,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
): Record<string, Float64Array> {
  const { inputs, outputs } = importOnnx(file);
  expect(Object.keys(inputs).sort()).toEqual(Object.keys(feeds).sort());
  const given = new Map(Object.entries(inputs).map(([name, x]) => [x, feeds[name] ?? []]));
  const names = Object.keys(outputs);
  const found = evaluate(
    names.map((name) => outputs[name] as Tensor),
    given,
  );
  return Object.fromEntries(names.map((name, i) => [name, found[i] as Float64Array]));
}

/** As somebody without this package would: pad the events, adapt, hand what is the person's to the scoring step. */
function serve({ adapt, score }: LearnerExport, { history, time = 0 }: Query): Record<string, Float64Array> {
  const pad = (values: ArrayLike<number>) => Array.from({ length: shots }, (_, i) => values[i] ?? 0);
  const feeds = {
    items: pad(history.items),
    values: pad(history.values),
    mask: pad(history.items.map(() => 1)),
    days: pad(Array.from(history.times ?? [], (t) => (time - t) / 86_400)),
  };
  const wanted = Object.entries(feeds).filter(([name]) => name in importOnnx(adapt).inputs);
  const learned = Object.entries(run(adapt, Object.fromEntries(wanted)));
  return run(score, Object.fromEntries(learned.filter(([name]) => name.startsWith("person."))));
}

const sizes = [0, 1, 3, 8];
/** Fewer weights, and fewer items with weights, than there are items. */
const options = { ...defaultLikeWeightOptions, size: 6, maxItems: 20 };

test.each([
  ["sum", false],
  ["gate", false],
  ["sum", true],
] as const)(
  "the one-class head (%s, likes: %s) as files scores like the head itself, popularity as of the end of training",
  async (fusion, likes) => {
    const fitted = frozenCatalogue(fitCatalogue(world, { minEvents: 2, atLeast: 4 }));
    const { weights: likeWeights } = await fitLikeWeights(world, fitted.warm, options);
    const catalogue = likes ? { ...fitted, likeWeights } : fitted;
    const config = { embeddingSize: 5, hiddenSize: 4, fusion };
    const learner = oneClassBayes(catalogue, config);
    const prior = shaken(learner.prior(learner.init(createRng(1))));
    const head = { catalogue, config, prior };
    const files = await exportOneClass(head, { shots });
    const both = { ...head, others: [shaken(learner.prior(learner.init(createRng(2))))] };
    const filesOfBoth = await exportOneClass(both, { shots });
    for (const query of sizes.map(queryOf)) {
      const [fitted] = await learner.adapt(prior, query);
      const wanted = await learner.score(prior, fitted, all);
      expect(new Set(wanted).size).toBeGreaterThan(30);
      expect(misses(serve(files, query).scores ?? [], wanted, 1e-4)).toEqual([]);
      const means = await choiceRanker(both).score(query, all);
      expect(misses(wanted, means, 1e-2)).not.toEqual([]);
      expect(misses(serve(filesOfBoth, query).scores ?? [], means, 1e-4)).toEqual([]);
    }
  },
);

test.each([
  [1, ["person.mean", "person.context", "covariance"]],
  [2, ["person.1.mean", "person.2.mean", "person.context", "covariance.1", "covariance.2"]],
])("what %d members hand over goes by their numbers, and each file says what it means", async (n, names) => {
  const catalogue = frozenCatalogue(fitCatalogue(world, { minEvents: 2, atLeast: 4 }));
  const config = { embeddingSize: 5, hiddenSize: 4 };
  const learner = oneClassBayes(catalogue, config);
  const [prior, ...others] = [1, 2].slice(0, n).map((seed) => learner.prior(learner.init(createRng(seed))));
  const { adapt, score } = await exportOneClass({ catalogue, config, prior: prior!, others }, { shots });
  const handed = names.filter((name) => name.startsWith("person."));
  expect(Object.keys(importOnnx(adapt).outputs)).toEqual(names);
  expect(Object.keys(importOnnx(score).inputs)).toEqual(handed);
  const about = JSON.parse(importOnnx(adapt).metadata["foretaste"] ?? "") as { outputs: object };
  expect(Object.values(about.outputs).map(({ means }) => means)).not.toContain("");
});

test("the ratings head as files predicts like the head itself", async () => {
  const knowledge = await fitRatingsKnowledge(world);
  const config = { contentSize: 3 };
  const learner = ratingsBayes(knowledge, world.users, config);
  const prior = shaken(learner.prior(learner.init(createRng(1))));
  const head = { knowledge, users: world.users, prior };
  const files = exportRatings({ ...head, config }, { shots });
  const medians = exportRatings({ ...head, config: { ...config, point: "median" } }, { shots });
  const other = shaken(prior);
  const both = exportRatings({ ...head, others: [other], config }, { shots });
  for (const query of sizes.map(queryOf)) {
    const [fitted] = await learner.adapt(prior, query);
    const { mean, median, variance } = await learner.predict(prior, fitted, all);
    const got = serve(files, query);
    expect(misses(got.ratings ?? [], mean, 2e-4)).toEqual([]);
    expect(new Set(median).size).toBeGreaterThan(2);
    expect(serve(medians, query).ratings).toEqual(Float64Array.from(median));
    const mixture = await likingRanker({ ...head, others: [other], config }).predict(query, all);
    expect(mixture.mean).not.toEqual(mean);
    expect(misses(serve(both, query).ratings ?? [], mixture.mean, 2e-4)).toEqual([]);
    expect(misses(got.variance ?? [], variance, 1e-3)).toEqual([]);
    expect(got.probabilities?.reduce((a, b) => a + b, 0)).toBeCloseTo(all.length, 3);
  }
});

/** Methods of item tasks, whose support is people: nothing is exported of them. */
const aboutItems = ["same-id", "meta-emb", "mwuf"];

/** Every method on the plain network, and the networks that read something else of the events. */
const joined: readonly Partial<NetworkConfig>[] = [
  ...methods.map(({ name }) => ({ method: name })).filter(({ method }) => !aboutItems.includes(method)),
  { method: "none", model: "sequence" },
  { method: "anil", model: "deep-fm" },
  { method: "maml", fusion: "gate" },
  { method: "none", model: "sequence", fusion: "gate" },
];

test.each(joined)("%o as files predicts like the learner itself", async (given) => {
  const catalogue = fitCatalogue(world, { minEvents: 2 });
  const people = fitEncoder(world.users, Int32Array.from(world.users.ids.keys()));
  expect(people.fields).not.toEqual([]);
  const config = { ...given, embeddingSize: 4, hidden: [7], innerSteps: 2, innerLearningRate: 0.01 };
  const learner = networkLearner(catalogue, people, config);
  const prior = shaken(learner.prior(learner.init(createRng(1))));
  const files = exportNetwork({ catalogue, people, config, prior }, { shots });
  for (const query of [0, 3].map(queryOf)) {
    const [fitted] = await learner.adapt(prior, query);
    const wanted = await learner.score(prior, fitted, all);
    expect(new Set(wanted).size).toBeGreaterThan(20);
    expect(misses(serve(files, query).ratings ?? [], wanted, 2e-3)).toEqual([]);
  }
});

test("a learner of likes as files: events against which items were drawn are events of the least value", async () => {
  const catalogue = fitCatalogue(world, { minEvents: 2 });
  const config = { method: "maml", loss: "cross-entropy", embeddingSize: 4, hidden: [7] } as const;
  const people = { fields: [] };
  const learner = networkLearner(catalogue, people, config);
  const prior = shaken(learner.prior(learner.init(createRng(1))));
  const files = exportNetwork({ catalogue, people, config, prior }, { shots });
  for (const query of sizes.map(queryOf)) {
    const [fitted] = await learner.adapt(prior, query);
    const wanted = await learner.score(prior, fitted, all);
    expect(misses(serve(files, query).scores ?? [], wanted, 2e-3)).toEqual([]);
  }
});

test("a file says what it is and what goes in and out", async () => {
  const catalogue = fitCatalogue(world, { minEvents: 2 });
  const config = { embeddingSize: 4, hidden: [7] };
  const learner = networkLearner(catalogue, { fields: [] }, config);
  const prior = learner.prior(learner.init(createRng(1)));
  const { adapt } = exportNetwork({ catalogue, people: { fields: [] }, config, prior }, { shots });
  const about = JSON.parse(importOnnx(adapt).metadata.foretaste ?? "") as Record<string, unknown>;
  expect(about).toMatchObject({ format: 1, learner: "MAML", step: "adapt", items: 40, scale: world.scale });
  expect(Object.keys(about.inputs as object)).toEqual(["items", "values", "mask"]);
  for (const part of [about.inputs, about.outputs])
    for (const { shape, means } of Object.values(part as Record<string, { shape: number[]; means: string }>))
      expect([shape.length > 0, means.length > 5]).toEqual([true, true]);
});
