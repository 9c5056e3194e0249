import { describe, expect, test } from "vitest";
import { tinyConfig, tinyWeights } from "../../../../testing/tiny-encoder.ts";
import { createRng } from "../../../base/rng.ts";
import type { Interactions } from "../../../data/dataset.ts";
import { strategyOf } from "../../../encoders/pretrained/strategies/strategies.ts";
import type { StrategyName, Weights } from "../../../encoders/pretrained/strategies/strategy.ts";
import type { TransformerConfig } from "../../../encoders/pretrained/transformer/config.ts";
import { leafAt } from "../../../encoders/pretrained/transformer/params.ts";
import { catalogueSlices, sliceBetween } from "../../../tasks/slices.ts";
import { flatten } from "../../../tensor/index.ts";
import type { ContentWorld, FineTuneConfig } from "./config.ts";
import { givenFeatures, type ItemFeatures } from "./features.ts";
import { fineTuning } from "./fine-tune.ts";
import { networkFeatures } from "./network-features.ts";
import type { FineTuning, TunedPrior } from "./types.ts";

/**
 * A text is two words of sixteen. Half of the people like texts whose words have numbers of equal parity, the others the
 * rest: what a text is, is not in any of its words, so that no linear map of a mean over tokens knows it.
 */
const [PEOPLE, WORDS, LENGTH] = [24, 16, 2];
const texts = Array.from({ length: WORDS * WORDS }, (_, i) => [i % WORDS, Math.floor(i / WORDS)] as const);
const ITEMS = texts.length;
const same = texts.map(([a, b]) => (a + b) % 2 === 0);

/** The network's sublayers add nothing at first: its vectors are means of what single tokens are, parity included. */
const config: TransformerConfig = { ...tinyConfig, width: 16, heads: 2, inner: 32 };

function deafWeights(): Weights {
  const weights = tinyWeights(config);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const path of ["attention.output.dense", "output.dense"])
      leafAt(weights, `encoder.layer.${layer}.${path}.weight`).fill(0);
  }
  const words = leafAt(weights, "embeddings.word_embeddings.weight");
  for (let word = 0; word < WORDS; word++) words[word * config.width] = word % 2 === 0 ? 2 : -2;
  return weights;
}

const tokens = {
  length: LENGTH,
  ids: Int32Array.from(texts.flat()),
  mask: new Float32Array(ITEMS * LENGTH).fill(1),
};

function events(): Interactions {
  const rng = createRng("parity");
  const rows = texts.flatMap((_, item) =>
    rng.sample([...Array(PEOPLE).keys()], PEOPLE / 2).map((user) => ({ user, item })),
  );
  return {
    user: Int32Array.from(rows, ({ user }) => user),
    item: Int32Array.from(rows, ({ item }) => item),
    value: Float32Array.from(rows, ({ user, item }) => (same[item] === user % 2 > 0 ? 5 : 1)),
  };
}

const interactions = events();
const items = createRng("items").shuffle([...texts.keys()]);
const [warm, cold] = [Int32Array.from(items.slice(64)), Int32Array.from(items.slice(0, 64))];
const judged = sliceBetween(interactions)("cold", warm.slice(0, 64), cold);

const base = deafWeights();
const world = (): ContentWorld => ({
  levels: Float32Array.of(1, 5),
  liked: 4,
  known: warm,
  standard: { mean: new Float32Array(config.width), scale: 0.5 },
});
const settings: Partial<FineTuneConfig> = {
  embeddingSize: 4,
  people: PEOPLE,
  learningRate: 1e-2,
  networkLearningRate: 1e-2,
  weightDecay: 0,
  steps: 100,
};

function featuresOf(name: StrategyName, checkpointing = false): ItemFeatures {
  const strategy = strategyOf(config, name, { rank: 4 });
  return networkFeatures({ config, weights: base, tokens, strategy, checkpointing });
}

async function trained(learner: FineTuning, steps: number): Promise<TunedPrior> {
  const slices = catalogueSlices(interactions, warm, { support: 48, query: 48 });
  let state = learner.init(createRng(1));
  for (let step = 0; step < steps; step++) {
    const [described] = slices.sample(createRng(step));
    [state] = await learner.metaStep(state, [slices.build(described!)], createRng(step));
  }
  return learner.prior(state);
}

const lossOf = async (learner: FineTuning, prior: TunedPrior): Promise<number> =>
  (await learner.queryLoss(prior, [judged]))[0]!;

/** Bits that are gained over chance, when the asked items are 64 and half of them are liked: at most log 2. */
const chance = Math.log(64);

describe("texts whose parity somebody likes", () => {
  test("frozen vectors cannot tell: no better than chance on new items", async () => {
    const learner = fineTuning(featuresOf("frozen"), world(), settings);
    expect(await lossOf(learner, await trained(learner, 100))).toBeGreaterThan(chance - 0.1);
    await learner.release();
  });

  test.each(["lora", "full"] as const)("%s learns it through everybody's posterior", async (name) => {
    const learner = fineTuning(featuresOf(name), world(), settings);
    const prior = await trained(learner, 100);
    expect(await lossOf(learner, prior)).toBeLessThan(chance - 0.5);
    const history = { items: warm.slice(0, 20), values: valuesOf(1, warm.slice(0, 20)) };
    const [fitted] = await learner.adapt(prior, { history });
    const scores = await learner.score(prior, fitted, cold);
    const best = [...cold].sort((a, b) => scores[cold.indexOf(b)]! - scores[cold.indexOf(a)]!).slice(0, 10);
    expect(best.filter((item) => same[item]).length).toBeGreaterThanOrEqual(9);
    await learner.release();
  });
});

const valuesOf = (user: number, of: Int32Array): Float32Array =>
  Float32Array.from(of, (item) => (same[item] === user % 2 > 0 ? 5 : 1));

test("a checkpointed step is the plain one", async () => {
  const states = [];
  for (const checkpointing of [false, true]) {
    const learner = fineTuning(featuresOf("lora", checkpointing), world(), settings);
    states.push(await trained(learner, 3));
    await learner.release();
  }
  const [plain, checkpointed] = states.map((prior) => flatten<Float32Array>(prior));
  plain!.forEach(([path, values], i) => {
    const worst = values.reduce((most, x, j) => Math.max(most, Math.abs(x - checkpointed![i]![1][j]!)), 0);
    expect([path, worst < 1e-4]).toEqual([path, true]);
  });
});

test("given vectors and the network that makes them are the same to the head", async () => {
  const network = fineTuning(featuresOf("frozen"), world(), { ...settings, batchItems: 100 });
  const start = network.prior(network.init(createRng(3)));
  const data = await network.vectors(start);
  const given = fineTuning(givenFeatures({ data, width: config.width }), world(), settings, start.head);
  const [a, b] = [await trained(network, 3), await trained(given, 3)];
  expect(await lossOf(network, a)).not.toBeCloseTo(await lossOf(network, b), 6);
  const again = fineTuning(featuresOf("frozen"), world(), settings, start.head);
  expect(await lossOf(given, b)).toBeCloseTo(await lossOf(again, await trained(again, 3)), 5);
  await Promise.all([network, given, again].map((learner) => learner.release()));
});

test("somebody whose events say nothing is somebody without any", async () => {
  const learner = fineTuning(featuresOf("lora"), world(), settings);
  const prior = learner.prior(learner.init(createRng(1)));
  const scoresFor = async (items: Int32Array): Promise<Float32Array> => {
    const [fitted] = await learner.adapt(prior, { history: { items, values: valuesOf(1, items) } });
    return learner.score(prior, fitted, cold);
  };
  const nobody = await scoresFor(new Int32Array(0));
  expect(await scoresFor(new Int32Array(0))).toEqual(nobody);
  expect(await scoresFor(warm.slice(0, 3))).not.toEqual(nobody);
});
