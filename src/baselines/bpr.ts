import type { RunContext } from "../base/progress.ts";
import { createRng, type Rng } from "../base/rng.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import type { Links } from "./als/plan.ts";
import { likedItems, likesOf } from "./columns.ts";
import { runEpochs } from "./epochs.ts";
import { contains, foldInPairs, type ItemVectors, scoreAll, sortedLinks } from "./pairs.ts";
import { partnersOf } from "./tokens.ts";

export interface BprConfig {
  readonly embeddingSize: number;
  readonly epochs: number;
  /** Falls to zero in a straight line. */
  readonly learningRate: number;
  readonly regularisation: number;
  /** Share of the negatives that is drawn by popularity; the others are drawn evenly from what anybody likes. */
  readonly popularNegatives: number;
  /** Pairs looked at to fold somebody in, and so many times the likes of the history if that is more. */
  readonly foldInSteps: number;
  readonly foldInPasses: number;
  readonly seed: number;
}

export const bprDefaults: BprConfig = {
  embeddingSize: 64,
  epochs: 60,
  learningRate: 0.05,
  regularisation: 0.01,
  popularNegatives: 0,
  foldInSteps: 300,
  foldInPasses: 20,
  seed: 1,
};

export const bprSpace: Space = {
  embeddingSize: { kind: "choice", of: [16, 32, 64, 128] },
  epochs: { kind: "integer", low: 10, high: 100, log: true },
  learningRate: { kind: "number", low: 0.01, high: 0.2, log: true },
  regularisation: { kind: "number", low: 0.0005, high: 0.1, log: true },
  popularNegatives: { kind: "number", low: 0, high: 1 },
};

/** What training changes. */
interface Factors extends ItemVectors {
  /** `[users, width]` */
  readonly users: Float32Array;
}

/**
 * Bayesian personalised ranking (Rendle 2009): matrix factorisation with item biases, score_ui = b_i + x_u . y_i, by
 * stochastic steps on -ln sigmoid(score_ui - score_uj) for likes i and items j that the person does not like. Whoever
 * asks is folded in from the history by the same steps with the items fixed, see `foldInPairs`; somebody known starts
 * from the trained vector.
 *
 * @throws DATA when there is no like, CANCELLED
 * @example const ranker = await fitBpr(train, { ...bprDefaults, embeddingSize: 32 });
 */
export async function fitBpr(
  train: Dataset,
  config: BprConfig = bprDefaults,
  context?: RunContext,
): Promise<Ranker> {
  const { byUser: unsorted, byItem } = likesOf(train);
  const byUser = sortedLinks(unsorted);
  const rng = createRng(config.seed).split("bpr");
  const factors = startFactors(train, config, rng.split("start"));
  const negatives = Int32Array.from(train.items.ids.keys()).filter(
    (item) => partnersOf(byItem, item).length > 0,
  );
  const likers = likersOf(byUser);
  const order = rng.split("order");
  await runEpochs({ name: "BPR", epochs: config.epochs, context }, async (epoch, pause) => {
    const rate = config.learningRate * (1 - epoch / config.epochs);
    for (let n = 0; n < likers.length; n++) {
      step(factors, byUser, { event: order.int(likers.length), likers, negatives, rate, config, rng: order });
      if (n % 65_536 === 65_535) await pause();
    }
  });
  return bprRanker(train, factors, { config, negatives });
}

/** The person of each like. */
function likersOf({ offsets, others }: Links): Int32Array {
  const users = new Int32Array(others.length);
  for (let user = 0; user + 1 < offsets.length; user++) users.fill(user, offsets[user], offsets[user + 1]);
  return users;
}

function startFactors(train: Dataset, { embeddingSize }: BprConfig, rng: Rng): Factors {
  const draw = (rows: number): Float32Array => {
    const values = new Float32Array(rows * embeddingSize);
    for (let at = 0; at < values.length; at++) values[at] = (0.1 / Math.sqrt(embeddingSize)) * rng.normal();
    return values;
  };
  const [users, items] = [train.users.ids.length, train.items.ids.length];
  return { width: embeddingSize, users: draw(users), vectors: draw(items), biases: new Float32Array(items) };
}

interface Step {
  /** Position of the like. */
  readonly event: number;
  readonly likers: Int32Array;
  readonly negatives: Int32Array;
  readonly rate: number;
  readonly config: BprConfig;
  readonly rng: Rng;
}

function step(factors: Factors, byUser: Links, { event, likers, negatives, rate, config, rng }: Step): void {
  const user = likers[event]!;
  const likes = byUser.others.subarray(byUser.offsets[user], byUser.offsets[user + 1]);
  const popular = config.popularNegatives > 0 && rng.next() < config.popularNegatives;
  const worse = popular ? byUser.others[rng.int(likers.length)]! : negatives[rng.int(negatives.length)]!;
  if (!contains(likes, worse))
    learnPair(factors, user, { better: byUser.others[event]!, worse, rate, config });
}

interface Pair {
  readonly better: number;
  readonly worse: number;
  readonly rate: number;
  readonly config: BprConfig;
}

function learnPair(
  { width, users, vectors, biases }: Factors,
  user: number,
  { better, worse, rate, config }: Pair,
): void {
  const [u, a, b] = [user * width, better * width, worse * width];
  let margin = biases[better]! - biases[worse]!;
  for (let k = 0; k < width; k++) margin += users[u + k]! * (vectors[a + k]! - vectors[b + k]!);
  const pull = rate / (1 + Math.exp(margin));
  const keep = 1 - rate * config.regularisation;
  biases[better] = biases[better]! * keep + pull;
  biases[worse] = biases[worse]! * keep - pull;
  for (let k = 0; k < width; k++) {
    const [x, y, z] = [users[u + k]!, vectors[a + k]!, vectors[b + k]!];
    users[u + k] = keep * x + pull * (y - z);
    vectors[a + k] = keep * y + pull * x;
    vectors[b + k] = keep * z - pull * x;
  }
}

function bprRanker(
  train: Dataset,
  factors: Factors,
  { config, negatives }: { readonly config: BprConfig; readonly negatives: Int32Array },
): Ranker {
  const { width, users } = factors;
  const { liked } = train.scale;
  const nobody = new Float32Array(width);
  return {
    name: "bpr",
    async score({ user, history }, items) {
      const start = user === undefined ? nobody : users.subarray(user * width, (user + 1) * width);
      const likes = likedItems(history, liked, train.items.ids.length).sort();
      const x = foldInPairs(factors, start, likes, {
        ...config,
        steps: Math.max(config.foldInSteps, config.foldInPasses * likes.length),
        rng: createRng(config.seed).split("fold in"),
        negatives,
      });
      return scoreAll(factors, x, items);
    },
  };
}
