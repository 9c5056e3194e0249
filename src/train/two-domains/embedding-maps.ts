import type { Settings, Space } from "../../base/settings.ts";
import { partnersOf } from "../../baselines/tokens.ts";
import type { Ranker } from "../../data/query.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";
import { type EmcdrConfig, fitEmcdr } from "../../meta/transfer/emcdr.ts";
import { fitPtupcdr, type PtupcdrConfig } from "../../meta/transfer/ptupcdr.ts";
import type { FitContext } from "../bayes-head.ts";
import { type TwoDomains, twoDomains } from "./domains.ts";
import { type FactorConfig, fitFactors, type SideFactors, vectorsOf } from "./factors.ts";
import { crossingRanker, popularOn, type SideScores } from "./mapped.ts";

interface SharedConfig extends FactorConfig {
  /** Attribute of the items that tells the two domains apart; the first one of categories where empty. */
  readonly column: string;
  /** Weight of the item's popularity (share of the most liked one) beside the product. */
  readonly popularity: number;
}

const sharedDefaults: SharedConfig = {
  column: "",
  embeddingSize: 128,
  factorEpochs: 16,
  unobservedWeight: 0.015,
  regularisation: 0.01,
  popularity: 0.01,
  seed: 1,
};

const sharedSpace: Space = {
  embeddingSize: { kind: "choice", of: [32, 64, 128] },
  unobservedWeight: { kind: "number", low: 0.01, high: 0.3, log: true },
  regularisation: { kind: "number", low: 0.003, high: 0.3, log: true },
  popularity: { kind: "number", low: 0.001, high: 0.3, log: true },
  epochs: { kind: "integer", low: 3, high: 200, log: true },
  learningRate: { kind: "number", low: 0.0003, high: 0.03, log: true },
  weightDecay: { kind: "number", low: 0.001, high: 30, log: true },
};

/** Tuned, as those of PTUPCDR, on the people whom the protocol sets aside for it, in both directions. */
export const emcdrDefaults: SharedConfig & EmcdrConfig = {
  ...sharedDefaults,
  hidden: 0,
  epochs: 60,
  batchTasks: 128,
  learningRate: 0.002,
  weightDecay: 0.1,
};

export const emcdrSpace: Space = { ...sharedSpace, hidden: { kind: "choice", of: [0, 64, 128] } };

export const ptupcdrDefaults: SharedConfig & PtupcdrConfig = {
  ...sharedDefaults,
  embeddingSize: 64,
  regularisation: 0.003,
  hidden: 50,
  maxEvents: 50,
  epochs: 6,
  batchTasks: 64,
  learningRate: 0.002,
  weightDecay: 10,
};

export const ptupcdrSpace: Space = { ...sharedSpace, hidden: { kind: "choice", of: [20, 50, 100] } };

/** A map of somebody's vector on the source into the target's space. */
type PersonMap = (vector: Float32Array, liked: Int32Array) => Promise<Float32Array>;

/** How a map into a side is learned from the people of both. */
type LearnMap = (target: 0 | 1, world: TwoDomains, factors: readonly SideFactors[]) => Promise<PersonMap>;

/** EMCDR on implicit ALS factors of each domain, in both directions; see {@link fitEmcdr}. */
export function fitEmcdrSystem(train: TrainingDataset, settings: Settings, fit: FitContext): Promise<Ranker> {
  const config = { ...emcdrDefaults, ...settings } as typeof emcdrDefaults;
  const learn: LearnMap = (target, { sides, overlap }, factors) => {
    const [to, from] = [factors[target]!, factors[1 - target]!];
    const pairs = {
      width: to.width,
      source: vectorsOf(from, sides[1 - target]!, overlap),
      target: vectorsOf(to, sides[target], overlap),
    };
    return fitEmcdr(pairs, config, fit.context);
  };
  return fitMapped("emcdr", train, { config, fit, learn });
}

/** PTUPCDR on implicit ALS factors of each domain, in both directions; see {@link fitPtupcdr}. */
export function fitPtupcdrSystem(
  train: TrainingDataset,
  settings: Settings,
  fit: FitContext,
): Promise<Ranker> {
  const config = { ...ptupcdrDefaults, ...settings } as typeof ptupcdrDefaults;
  const learn: LearnMap = (target, { sides, overlap }, factors) => {
    const [to, from] = [factors[target]!, factors[1 - target]!];
    const liked = (at: number) => (person: number) => partnersOf(sides[at]!.byUser, overlap[person]!);
    const data = {
      width: to.width,
      people: overlap.length,
      vectors: vectorsOf(from, sides[1 - target]!, overlap),
      source: { items: from.items, liked: liked(1 - target) },
      target: { items: to.items, liked: liked(target) },
    };
    return fitPtupcdr(data, config, fit.context);
  };
  return fitMapped("ptupcdr", train, { config, fit, learn });
}

interface Mapped {
  readonly config: SharedConfig;
  readonly fit: FitContext;
  readonly learn: LearnMap;
}

async function fitMapped(
  name: string,
  train: TrainingDataset,
  { config, fit, learn }: Mapped,
): Promise<Ranker> {
  const world = twoDomains(train, config.column);
  const factors: SideFactors[] = [];
  for (const side of world.sides) factors.push(await fitFactors(side, config, fit));
  const scores: SideScores[] = [];
  for (const target of [0, 1] as const) {
    const map = await learn(target, world, factors);
    scores.push(scoresBy(target, { world, factors, map, popularity: config.popularity }));
  }
  return crossingRanker(name, world, scores as [SideScores, SideScores]);
}

interface Fitted {
  readonly world: TwoDomains;
  readonly factors: readonly SideFactors[];
  readonly map: PersonMap;
  readonly popularity: number;
}

function scoresBy(target: 0 | 1, { world, factors, map, popularity }: Fitted): SideScores {
  const [to, from] = [factors[target]!, factors[1 - target]!];
  const unknown = popularOn(world.sides[target]).map((share) => popularity * share);
  const blend = (vector: Float32Array): Float32Array =>
    to.products(vector).map((product, at) => product + unknown[at]!);
  return {
    unknown,
    own: (liked) => blend(to.vectorOf(liked)),
    crossed: async (liked) => blend(await map(from.vectorOf(liked), liked)),
  };
}
