import type { RunContext } from "../base/progress.ts";
import { createRng, type Rng } from "../base/rng.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Query, Ranker } from "../data/query.ts";
import type { Links } from "./als/plan.ts";
import { type Bags, bagOf, bagsOf, bagVector, createTable, type FeatureTable, learnBag } from "./bags.ts";
import { likedItems, likesOf } from "./columns.ts";
import { runEpochs } from "./epochs.ts";
import { contains, foldInPairs, type ItemVectors, scoreAll, sortedLinks } from "./pairs.ts";
import { fitTokens, partnersOf } from "./tokens.ts";

export interface FeaturesConfig {
  readonly embeddingSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Pull of every feature vector towards zero. */
  readonly weightDecay: number;
  /** Negatives drawn at most to find one that stands too high; 1 takes the first (then every pair weighs the same). */
  readonly maxTrials: number;
  /** Weight of all attributes of a user or item together, beside the ID's 1. */
  readonly contentWeight: number;
  /** Users or items an attribute's value or word needs to be in. */
  readonly minCount: number;
  /** As in BPR. */
  readonly foldInSteps: number;
  readonly foldInPasses: number;
  readonly foldInRate: number;
  readonly foldInRegularisation: number;
  readonly seed: number;
}

export const featuresDefaults: FeaturesConfig = {
  embeddingSize: 32,
  epochs: 20,
  learningRate: 0.05,
  weightDecay: 0.0001,
  maxTrials: 10,
  contentWeight: 1,
  minCount: 5,
  foldInSteps: 300,
  foldInPasses: 20,
  foldInRate: 0.05,
  foldInRegularisation: 0.01,
  seed: 1,
};

export const featuresSpace: Space = {
  embeddingSize: { kind: "choice", of: [16, 32, 64] },
  epochs: { kind: "integer", low: 5, high: 50, log: true },
  learningRate: { kind: "number", low: 0.01, high: 0.2, log: true },
  weightDecay: { kind: "number", low: 0.000001, high: 0.01, log: true },
  maxTrials: { kind: "choice", of: [1, 3, 10, 30] },
  contentWeight: { kind: "number", low: 0.1, high: 3, log: true },
};

interface Parts {
  readonly users: FeatureTable;
  readonly items: FeatureTable;
  readonly userBags: Bags;
  readonly itemBags: Bags;
}

/**
 * Hybrid feature factorisation (Kula 2015, "Metadata Embeddings for User and Item Cold-start Recommendations"): the
 * vector of a user or item is the weighted sum of the vectors of its features, the ID being one; score = x . y + b_y.
 * Trained with WARP (Weston 2011): negatives are drawn until one comes within 1 of the like, and the step grows with
 * the rank this suggests, ln((items - 1) / draws). Items without a training event are their attributes alone. Whoever
 * asks starts from the features of the request and is folded in from the history, see `foldInPairs`.
 *
 * @throws DATA when there is no like, CANCELLED
 * @example const ranker = await fitFeatures(train, { ...featuresDefaults, maxTrials: 1 });
 */
export async function fitFeatures(
  train: Dataset,
  config: FeaturesConfig = featuresDefaults,
  context?: RunContext,
): Promise<Ranker> {
  const links = likesOf(train);
  const byUser = sortedLinks(links.byUser);
  const [userTokens, itemTokens] = [
    fitTokens(train, "users", config.minCount),
    fitTokens(train, "items", config.minCount),
  ];
  const rng = createRng(config.seed).split("features");
  const parts: Parts = {
    userBags: bagsOf(userTokens, byUser, config.contentWeight),
    itemBags: bagsOf(itemTokens, links.byItem, config.contentWeight),
    users: createTable(userTokens.size + train.users.ids.length, config.embeddingSize, rng.split("users")),
    items: createTable(itemTokens.size + train.items.ids.length, config.embeddingSize, rng.split("items")),
  };
  const negatives = Int32Array.from(train.items.ids.keys()).filter(
    (i) => partnersOf(links.byItem, i).length > 0,
  );
  await trainWarp(parts, byUser, { config, context, negatives, rng: rng.split("order") });
  const folding = { config, negatives, liked: train.scale.liked };
  const ofFeatures = (query: Query): readonly number[] => [...userTokens.ofFeatures(query.features ?? {})];
  return featuresRanker(parts, folding, ofFeatures);
}

interface Training {
  readonly config: FeaturesConfig;
  readonly context: RunContext | undefined;
  readonly negatives: Int32Array;
  readonly rng: Rng;
}

async function trainWarp(
  parts: Parts,
  byUser: Links,
  { config, context, negatives, rng }: Training,
): Promise<void> {
  const { users, items, userBags, itemBags } = parts;
  const width = config.embeddingSize;
  const vector = (): Float32Array => new Float32Array(width + 1);
  const scratch: Scratch = { x: vector(), better: vector(), worse: vector(), gradient: vector() };
  const likers = new Int32Array(byUser.others.length);
  for (let u = 0; u + 1 < byUser.offsets.length; u++)
    likers.fill(u, byUser.offsets[u], byUser.offsets[u + 1]);
  const score = (vector: Float32Array): number => {
    let sum = vector[width]!;
    for (let k = 0; k < width; k++) sum += scratch.x[k]! * vector[k]!;
    return sum;
  };
  const learn = (event: number): void => {
    const [user, better] = [likers[event]!, byUser.others[event]!];
    const likes = partnersOf(byUser, user);
    bagVector(users, bagOf(userBags, user), scratch.x);
    bagVector(items, bagOf(itemBags, better), scratch.better);
    const least = score(scratch.better) - 1;
    for (let trial = 1; trial <= config.maxTrials; trial++) {
      const worse = negatives[rng.int(negatives.length)]!;
      if (contains(likes, worse)) continue;
      bagVector(items, bagOf(itemBags, worse), scratch.worse);
      if (score(scratch.worse) <= least) continue;
      const weight = config.maxTrials === 1 ? 1 : Math.log(Math.max(1, (negatives.length - 1) / trial));
      return learnTriple(parts, { user, better, worse, weight, scratch, config });
    }
  };
  await runEpochs({ name: "feature factorisation", epochs: config.epochs, context }, async (_, pause) => {
    for (let n = 0; n < likers.length; n++) {
      learn(rng.int(likers.length));
      if (n % 16_384 === 16_383) await pause();
    }
  });
}

interface Triple {
  readonly user: number;
  readonly better: number;
  readonly worse: number;
  readonly weight: number;
  readonly scratch: Scratch;
  readonly config: FeaturesConfig;
}

/** Vectors with a bias at the end. `[width + 1]` each */
interface Scratch {
  readonly x: Float32Array;
  readonly better: Float32Array;
  readonly worse: Float32Array;
  readonly gradient: Float32Array;
}

/** One step on weight (1 - score of the better + score of the worse). */
function learnTriple({ users, items, userBags, itemBags }: Parts, triple: Triple): void {
  const { user, better, worse, weight, scratch, config } = triple;
  const width = config.embeddingSize;
  const { x, gradient } = scratch;
  for (let k = 0; k < width; k++) gradient[k] = weight * (scratch.better[k]! - scratch.worse[k]!);
  gradient[width] = 0;
  learnBag(users, bagOf(userBags, user), gradient, config);
  for (const [item, sign] of [
    [better, weight],
    [worse, -weight],
  ] as const) {
    for (let k = 0; k < width; k++) gradient[k] = sign * x[k]!;
    gradient[width] = sign;
    learnBag(items, bagOf(itemBags, item), gradient, config);
  }
}

interface Folding {
  readonly config: FeaturesConfig;
  readonly negatives: Int32Array;
  readonly liked: number;
}

function featuresRanker(
  { users, items, userBags, itemBags }: Parts,
  { config, negatives, liked }: Folding,
  ofFeatures: (query: Query) => readonly number[],
): Ranker {
  const width = config.embeddingSize;
  const table = materialise(items, itemBags, width);
  return {
    name: "features",
    async score(query, candidates) {
      const start = new Float32Array(width + 1);
      const bag =
        query.user === undefined ? withContent(ofFeatures(query), userBags) : bagOf(userBags, query.user);
      bagVector(users, bag, start);
      const likes = likedItems(query.history, liked, table.biases.length).sort();
      const x = foldInPairs(table, start.subarray(0, width), likes, {
        learningRate: config.foldInRate,
        regularisation: config.foldInRegularisation,
        steps: Math.max(config.foldInSteps, config.foldInPasses * likes.length),
        rng: createRng(config.seed).split("fold in"),
        negatives,
      });
      return scoreAll(table, x, candidates);
    },
  };
}

function withContent(tokens: readonly number[], { contentWeight }: Bags): ReturnType<typeof bagOf> {
  const rows = Int32Array.from(tokens);
  return {
    rows,
    from: 0,
    to: rows.length,
    id: -1,
    weight: rows.length === 0 ? 0 : contentWeight / rows.length,
  };
}

/** Every item's sum of feature vectors. */
function materialise(items: FeatureTable, bags: Bags, width: number): ItemVectors {
  const count = bags.tokens.offsets.length - 1;
  const table = { width, vectors: new Float32Array(count * width), biases: new Float32Array(count) };
  const one = new Float32Array(width + 1);
  for (let item = 0; item < count; item++) {
    bagVector(items, bagOf(bags, item), one);
    table.vectors.set(one.subarray(0, width), item * width);
    table.biases[item] = one[width]!;
  }
  return table;
}
