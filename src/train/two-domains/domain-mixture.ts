import { createRng } from "../../base/rng.ts";
import type { Settings, Space } from "../../base/settings.ts";
import { partnersOf } from "../../baselines/tokens.ts";
import type { Ranker } from "../../data/query.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { type TrainingDataset, withTraining } from "../../data/splits/training.ts";
import type { FitContext } from "../bayes-head.ts";
import { type TwoDomains, twoDomains } from "./domains.ts";
import { type FactorConfig, fitFactors, type SideFactors, vectorsOf } from "./factors.ts";
import { type Teaching, teachersOf } from "./kernel.ts";
import { crossingRanker, popularOn, type SideScores } from "./mapped.ts";
import { chances, mixtureWeights } from "./mixture.ts";

interface MixtureConfig extends FactorConfig {
  /** Attribute of the items that tells the two domains apart; the first one of categories where empty. */
  readonly column: string;
  /** Share of the people of both domains whose history on one side is hidden while the weights are found. */
  readonly people: number;
  /** People of both domains that are learned from at most; memory and time grow with the square and the cube. */
  readonly maxTeachers: number;
  readonly vectorWeight: number;
  readonly offset: number;
  readonly ridge: number;
}

export const domainMixtureDefaults: MixtureConfig = {
  column: "",
  people: 0.25,
  maxTeachers: 4000,
  vectorWeight: 1,
  offset: 0.3,
  ridge: 3,
  embeddingSize: 128,
  factorEpochs: 10,
  unobservedWeight: 0.02,
  regularisation: 0.01,
  seed: 1,
};

export const domainMixtureSpace: Space = {
  vectorWeight: { kind: "number", low: 0.1, high: 10, log: true },
  offset: { kind: "number", low: 0, high: 1 },
  ridge: { kind: "number", low: 0.3, high: 30, log: true },
  embeddingSize: { kind: "choice", of: [16, 32, 64, 128] },
  unobservedWeight: { kind: "number", low: 0.01, high: 1, log: true },
  regularisation: { kind: "number", low: 0.01, high: 10, log: true },
};

/**
 * What somebody will choose in one domain, from a history in the other: a mixture of what their kind chose there (kernel
 * ridge regression on the people of both domains, once by items in common and once by vectors too), of what the vectors
 * so predicted say, each also sharpened, and of what is popular. Its weights are learned as it will be asked: some people of both
 * domains are played as cold, see {@link mixtureWeights}; then all is fitted again with everybody.
 *
 * @throws CONFIG, DATA as {@link twoDomains}; NUMERIC, CANCELLED
 */
export async function fitDomainMixture(
  train: TrainingDataset,
  settings: Settings,
  fit: FitContext,
): Promise<Ranker> {
  const config = { ...domainMixtureDefaults, ...settings } as MixtureConfig;
  const whole = twoDomains(train, config.column);
  const all = await fitParts(whole, config, fit);
  const scores: SideScores[] = [];
  for (const target of [0, 1] as const) {
    const weights = await weightsFor(target, { train, whole, config, fit });
    const members = await membersOf(target, all, config);
    scores.push({
      unknown: popularOn(whole.sides[target]),
      own: (liked) => all.factors[target]!.products(all.factors[target]!.vectorOf(liked)),
      crossed: async (liked) => mixed(await members(liked), weights),
    });
  }
  return crossingRanker("domain-mixture", whole, scores as [SideScores, SideScores]);
}

interface Parts {
  readonly world: TwoDomains;
  readonly factors: readonly SideFactors[];
}

async function fitParts(world: TwoDomains, config: MixtureConfig, fit: FitContext): Promise<Parts> {
  const factors: SideFactors[] = [];
  for (const side of world.sides) factors.push(await fitFactors(side, config, fit));
  return { world, factors };
}

/** Chances of the items of a side by each member. */
type Members = (liked: Int32Array) => Promise<Float32Array[]>;

async function membersOf(target: 0 | 1, { world, factors }: Parts, config: MixtureConfig): Promise<Members> {
  const [from, to] = [world.sides[target === 0 ? 1 : 0], world.sides[target]];
  const people = teachersAmong(world.overlap, config);
  const source = { side: from, factors: factors[1 - target]!, people };
  const teachings: Teaching[] = [];
  for (const vectorWeight of new Set([0, config.vectorWeight]))
    teachings.push(await teachersOf(source, { ...config, vectorWeight }));
  const vectors = vectorsOf(factors[target]!, to, people);
  const popular = chances(popularOn(to));
  const members = async (liked: Int32Array): Promise<Float32Array[]> => {
    const said = teachings.flatMap((teaching) => {
      const weights = teaching(liked);
      const vector = weighted(vectors, factors[target]!.width, weights);
      return [chosenBy(people, to, weights), factors[target]!.products(vector)];
    });
    return [...said, ...said.map(sharpened)].map(chances).concat([popular]);
  };
  return members;
}

function teachersAmong(overlap: Int32Array, { maxTeachers, seed }: MixtureConfig): Int32Array {
  if (overlap.length <= maxTeachers) return overlap;
  return Int32Array.from(createRng(seed).split("teachers").sample(overlap, maxTeachers)).sort();
}

/** Scores that are sure of their best items. */
function sharpened(scores: Float32Array): Float32Array {
  return scores.map((score) => Math.max(0, score) ** 2);
}

/** `sum_v a_v [v likes i]`, `[items]` */
function chosenBy(
  people: Int32Array,
  { byUser, items }: TwoDomains["sides"][0],
  weights: Float32Array,
): Float32Array {
  const out = new Float32Array(items.length);
  people.forEach((user, at) => {
    for (const item of partnersOf(byUser, user)) out[item]! += weights[at]!;
  });
  return out;
}

/** `sum_v a_v y_v`, `[width]` */
function weighted(vectors: Float32Array, width: number, weights: Float32Array): Float32Array {
  const out = new Float32Array(width);
  weights.forEach((weight, at) => {
    for (let k = 0; k < width; k++) out[k]! += weight * vectors[at * width + k]!;
  });
  return out;
}

function mixed(members: readonly Float32Array[], weights: Float64Array): Float32Array {
  return members[0]!.map((_, item) => members.reduce((sum, own, k) => sum + weights[k]! * own[item]!, 0));
}

interface Weighing {
  readonly train: TrainingDataset;
  readonly whole: TwoDomains;
  readonly config: MixtureConfig;
  readonly fit: FitContext;
}

/** Hides what some people of both domains chose on a side, and asks the members about them. */
async function weightsFor(target: 0 | 1, { train, whole, config, fit }: Weighing): Promise<Float64Array> {
  const { overlap, sides, sideOf } = whole;
  const hidden = createRng(config.seed).split("hidden").split(target);
  const people = hidden.sample(overlap, Math.ceil(config.people * overlap.length));
  const cold = new Set(people);
  const { user, item } = train.interactions;
  const { kept } = partitionRows(
    train.interactions,
    (row) => !(cold.has(user[row]!) && sideOf[item[row]!] === target),
  );
  const parts = await fitParts(twoDomains(withTraining(train, kept), config.column), config, fit);
  const members = await membersOf(target, parts, config);
  const rows: Float64Array[][] = [];
  let count = 1;
  for (const person of people) {
    const found: readonly Float32Array[] = await members(partnersOf(sides[1 - target]!.byUser, person));
    count = found.length;
    rows.push(
      Array.from(partnersOf(sides[target].byUser, person), (chosen) =>
        Float64Array.from(found, (own) => own[chosen]!),
      ),
    );
  }
  return mixtureWeights(rows, count);
}
