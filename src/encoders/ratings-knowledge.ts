import type { Column, Dataset, Scale, Table } from "../data/dataset.ts";
import { contentNumbers, SMALL_FIELD } from "./content-numbers.ts";
import { type ContentPriorOptions, defaultContentPriorOptions, fitContentPrior } from "./content-prior.ts";
import {
  defaultEncoderOptions,
  type Encoder,
  type EncoderOptions,
  encodeTable,
  fieldSize,
  fitEncoder,
} from "./encoder.ts";
import { defaultFactorOptions, type FactorOptions, fitFactors, leftByFactors } from "./factors.ts";
import { type Familiarity, fitFamiliarity } from "./familiarity.ts";
import { defaultItemShrinkage, fitItemMeans, type ItemMeans } from "./item-means.ts";
import {
  defaultNeighbourOptions,
  fitNeighbours,
  type NeighbourOptions,
  type Neighbours,
} from "./neighbours.ts";
import { defaultPresenceOptions, fitPresence, type Presence, type PresenceOptions } from "./presence.ts";
import { contentVectors } from "./vector-kernel.ts";

/** All that the ratings head knows of items and people before it meets somebody: plain data, fitted on training only. */
export interface RatingsKnowledge {
  readonly items: Table;
  readonly scale: Scale;
  readonly means: ItemMeans;
  /** Encoder of the fields with few values, which the head learns embeddings for. */
  readonly encoder: Encoder;
  /** Encoder of people's attributes. */
  readonly people: Encoder;
  /** Distinct values an event can have, ascending. */
  readonly levels: Float32Array;
  readonly factorSize: number;
  /** Collaborative factors, zero for cold items. `[items, factorSize]` */
  readonly factors: Float32Array;
  /** What content says of the factors and of the item's level, leave-one-out. */
  readonly predictedFactors: Float32Array;
  readonly predictedLevel: Float32Array;
  /** How unsure content is of the level. `[items]` */
  readonly levelVariance: Float32Array;
  readonly presence: Presence;
  /** Who knows what; models from before do not have it. */
  readonly familiarity?: Familiarity;
  /** Items whose values stray alike; models from before do not have them. */
  readonly neighbours?: Neighbours;
}

export interface RatingsKnowledgeOptions {
  readonly encoder: EncoderOptions;
  readonly factors: FactorOptions;
  readonly content: ContentPriorOptions;
  readonly presence: PresenceOptions;
  readonly neighbours: NeighbourOptions;
  /** Events that content's opinion of an item's level is worth. */
  readonly itemShrinkage: number;
}

export const defaultRatingsKnowledgeOptions: RatingsKnowledgeOptions = {
  encoder: defaultEncoderOptions,
  factors: defaultFactorOptions,
  content: defaultContentPriorOptions,
  presence: defaultPresenceOptions,
  neighbours: defaultNeighbourOptions,
  itemShrinkage: defaultItemShrinkage,
};

/** More distinct values than this are rounded to evenly spaced ones. */
const MOST_LEVELS = 21;

/** Fits item levels, factors and content priors on the training interactions of a data set. */
export async function fitRatingsKnowledge(
  train: Dataset,
  options: RatingsKnowledgeOptions = defaultRatingsKnowledgeOptions,
): Promise<RatingsKnowledge> {
  const { items, users, interactions, scale } = train;
  const means = fitItemMeans(train, options.itemShrinkage);
  const seen = Int32Array.from(means.counts.keys()).filter((item) => means.counts[item]! > 0);
  const except = wideVectors(items);
  const encoder = fitEncoder(items, seen, { ...options.encoder, except });
  const bags = encodeTable(encoder, items);
  const counts = { users: users.ids.length, items: items.ids.length };
  const residuals = residualsOf(train, means);
  const factors = fitFactors(interactions, residuals, counts, options.factors);
  const left = leftByFactors(interactions, residuals, counts.users, { factors, size: options.factors.size });
  const numbers = contentNumbers({ items, encoder, bags, seen }, options.content.kernel);
  const content = { bags, numbers, vectors: contentVectors(items, seen), counts: means.counts };
  const level = await fitContentPrior({ ...content, values: rawLevels(means), width: 1 }, options.content);
  const unit = rootMeanSquare(factors, seen, options.factors.size);
  const scaled = { ...content, values: factors.map((x) => x / unit), width: options.factors.size };
  const kernel = { ...options.content.kernel, constant: 0.1 };
  const predicted = await fitContentPrior(scaled, { ...options.content, kernel, noise: 0.3, perEvent: 12 });
  const rows = Int32Array.from(new Set(interactions.user));
  const presence = fitPresence(interactions, counts, options.presence);
  return {
    items,
    scale,
    means,
    encoder: smallFields(encoder),
    people: smallFields(fitEncoder(users, rows, { ...options.encoder, buckets: 64, knots: 8 })),
    levels: levelsOf(interactions.value, scale),
    factorSize: options.factors.size,
    factors,
    predictedFactors: predicted.mean.map((x) => x * unit),
    predictedLevel: level.mean,
    levelVariance: level.variance,
    presence,
    familiarity: fitFamiliarity(interactions, counts, presence),
    neighbours: fitNeighbours(interactions, left, counts, options.neighbours),
  };
}

/** Vectors too long to learn an embedding for: they speak through the content priors alone. */
function wideVectors({ columns }: Table): string[] {
  const isWide = ([, column]: [string, Column]): boolean =>
    column.kind === "vector" && column.width > SMALL_FIELD;
  return Object.entries(columns)
    .filter(isWide)
    .map(([name]) => name);
}

function smallFields({ fields }: Encoder): Encoder {
  return { fields: fields.filter(({ field }) => fieldSize(field) <= SMALL_FIELD) };
}

function residualsOf(train: Dataset, means: ItemMeans): Float32Array {
  const { user, item, value } = train.interactions;
  return value.map((v, row) => {
    const level = means.sums[item[row]!]! / (means.counts[item[row]!]! + 2);
    return (v - means.mean) / means.deviation - means.userLevels[user[row]!]! - level;
  });
}

/** Unshrunken levels: the content prior weighs them by their own noise. */
function rawLevels(means: ItemMeans): Float32Array {
  return means.sums.map((sum, item) => sum / Math.max(1, means.counts[item]!));
}

function rootMeanSquare(factors: Float32Array, rows: Int32Array, width: number): number {
  let total = 0;
  for (const row of rows) for (let j = 0; j < width; j++) total += factors[row * width + j]! ** 2;
  return Math.sqrt(total / Math.max(1, rows.length * width)) || 1;
}

function levelsOf(values: Float32Array, scale: Scale): Float32Array {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  if (distinct.length <= MOST_LEVELS) return Float32Array.from(distinct);
  return Float32Array.from(
    { length: MOST_LEVELS },
    (_, i) => scale.min + (i / (MOST_LEVELS - 1)) * (scale.max - scale.min),
  );
}
