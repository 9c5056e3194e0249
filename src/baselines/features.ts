import type { RunContext } from "../base/progress.ts";
import { createRng, type Rng } from "../base/rng.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Query, Ranker } from "../data/query.ts";
import { type Bag, bagsOf, bagVector, contentBag, type FeatureTable, learnBag } from "./bags.ts";
import { likedItems, likesOf } from "./columns.ts";
import { runEpochs } from "./epochs.ts";
import { createWorkspace, type Workspace } from "./kernels/workspace.ts";
import { contains, drawRows, type PairSource, pairFolder, pairSource, scoreAll } from "./pairs.ts";
import { fitTokens, partnersOf, type Tokens } from "./tokens.ts";

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

/**
 * Tuned on cold users split off the training users of MovieTweetings: nDCG@10 .157 .169 .175 .175 at 1, 3, 5 and 10 shots
 * against .159 .167 .169 .164 of popularity alone. MovieLens-1M with everybody wants a learning rate of .1 (.196 on the
 * validation tenth).
 */
export const featuresDefaults: FeaturesConfig = {
  embeddingSize: 32,
  epochs: 20,
  learningRate: 0.05,
  weightDecay: 0.0001,
  maxTrials: 30,
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

/** Features of both sides, items as the sums of theirs, and rows to compute in. */
type FeatureSpace = Workspace<"userFeatures" | "itemFeatures" | "items" | "x" | "start" | "gradient">;

interface Parts {
  readonly space: FeatureSpace;
  readonly users: FeatureTable;
  readonly items: FeatureTable;
  readonly userBags: readonly Bag[];
  readonly itemBags: readonly Bag[];
}

/**
 * Hybrid feature factorisation (Kula 2015, "Metadata Embeddings for User and Item Cold-start Recommendations"): the
 * vector of a user or item is the weighted sum of the vectors of its features, the ID being one; score = x . y + b_y.
 * Trained with WARP (Weston 2011): negatives are drawn until one comes within 1 of the like, and the step grows with
 * the rank this suggests, ln((items - 1) / draws). Items without a training event are their attributes alone. Whoever
 * asks starts from the features of the request and is folded in from the history, see `pairFolder`.
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
  const source = pairSource(links);
  const tokens = {
    users: fitTokens(train, "users", config.minCount),
    items: fitTokens(train, "items", config.minCount),
  };
  const rng = createRng(config.seed).split("features");
  const parts: Parts = {
    ...startTables(train, tokens, config, rng.split("start")),
    userBags: bagsOf(tokens.users, links.byUser, config.contentWeight),
    itemBags: bagsOf(tokens.items, links.byItem, config.contentWeight),
  };
  const learn = warpLearner(parts, source, config, rng.split("order"));
  await runEpochs({ name: "feature factorisation", epochs: config.epochs, context }, async (_, pause) => {
    for (let n = 0; n < source.users.length; n++) {
      if (n % REFRESH === 0) sumItems(parts);
      learn();
      if (n % (4 * REFRESH) === 0) await pause();
    }
  });
  sumItems(parts);
  const folding = { config, negatives: source.negatives, liked: train.scale.liked };
  return featuresRanker(parts, folding, (query) => tokens.users.ofFeatures(query.features ?? {}));
}

/** A vector's number after the `embeddingSize` of the factors is the bias of items and 1 in the sum of a user. */
function startTables(
  train: Dataset,
  tokens: { readonly users: Tokens; readonly items: Tokens },
  { embeddingSize }: FeaturesConfig,
  rng: Rng,
): Pick<Parts, "space" | "users" | "items"> {
  const userFeatures = tokens.users.size + train.users.ids.length;
  const itemFeatures = tokens.items.size + train.items.ids.length;
  const rows = { userFeatures, itemFeatures, items: train.items.ids.length, x: 1, start: 1, gradient: 1 };
  const space = createWorkspace(embeddingSize + 1, rows);
  const table = (name: "userFeatures" | "itemFeatures"): FeatureTable => {
    const { address, values } = space.areas[name];
    drawRows(values, space.width, { embeddingSize, rng: rng.split(name) });
    return {
      kernels: space.kernels,
      stride: space.stride,
      address,
      squares: new Float32Array(rows[name]).fill(1),
    };
  };
  return { space, users: table("userFeatures"), items: table("itemFeatures") };
}

/** Steps after which the sums of all items are made anew; negatives are looked for among these. */
const REFRESH = 4096;

/** Every item's sum of feature vectors. */
function sumItems({ space, items, itemBags }: Parts): void {
  const { address } = space.areas.items;
  itemBags.forEach((bag, item) => {
    bagVector(items, bag, address + item * space.stride);
  });
}

/** A step on one like, drawn evenly. */
function warpLearner(
  parts: Parts,
  { likes, users, negatives }: PairSource,
  config: FeaturesConfig,
  rng: Rng,
): () => void {
  const { space, userBags } = parts;
  const { kernels, areas, stride } = space;
  const [x, table] = [areas.x.address, areas.items.address];
  return () => {
    const event = rng.int(users.length);
    const [user, liked] = [users[event]!, likes.others[event]!];
    bagVector(parts.users, userBags[user]!, x);
    areas.x.values[config.embeddingSize] = 1;
    const least = kernels.dot(x, table + liked * stride) - 1;
    for (let trial = 1; trial <= config.maxTrials; trial++) {
      const other = negatives[rng.int(negatives.length)]!;
      if (kernels.dot(x, table + other * stride) <= least) continue;
      if (contains(partnersOf(likes, user), other)) continue;
      const weight = config.maxTrials === 1 ? 1 : Math.log(Math.max(1, (negatives.length - 1) / trial));
      return learnTriple(parts, { user, liked, other, weight, config });
    }
  };
}

interface Triple {
  readonly user: number;
  readonly liked: number;
  readonly other: number;
  readonly weight: number;
  readonly config: FeaturesConfig;
}

/** One step on weight (1 - score of the liked item + score of the other) from the x at hand. */
function learnTriple(
  { space, users, items, userBags, itemBags }: Parts,
  { user, liked, other, weight, config }: Triple,
): void {
  const { kernels, areas, stride } = space;
  const [x, gradient] = [areas.x.address, areas.gradient.address];
  const [better, worse] = [areas.items.address + liked * stride, areas.items.address + other * stride];
  bagVector(items, itemBags[liked]!, better);
  bagVector(items, itemBags[other]!, worse);
  kernels.blend(gradient, weight, better, -weight, worse);
  areas.gradient.values[config.embeddingSize] = 0;
  learnBag(users, userBags[user]!, gradient, config);
  kernels.blend(gradient, weight, x, 0, x);
  learnBag(items, itemBags[liked]!, gradient, config);
  kernels.blend(gradient, -weight, x, 0, x);
  learnBag(items, itemBags[other]!, gradient, config);
}

interface Folding {
  readonly config: FeaturesConfig;
  readonly negatives: Int32Array;
  readonly liked: number;
}

function featuresRanker(
  parts: Parts,
  { config, negatives, liked }: Folding,
  ofFeatures: (query: Query) => Int32Array,
): Ranker {
  const { space, users, userBags } = parts;
  const model = { embeddingSize: config.embeddingSize, space };
  const fold = pairFolder(model, config, negatives);
  const count = parts.itemBags.length;
  return {
    name: "features",
    async score(query, items) {
      const known = query.user !== undefined;
      const bag = known ? userBags[query.user]! : contentBag(ofFeatures(query), config.contentWeight);
      bagVector(users, bag, space.areas.start.address);
      fold(likedItems(query.history, liked, count));
      return scoreAll(model, items);
    },
  };
}
