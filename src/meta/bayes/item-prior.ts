import { invertSpd } from "../../base/cholesky.ts";
import type { Dataset } from "../../data/dataset.ts";
import { contentNumbers } from "../../encoders/content-numbers.ts";
import {
  type ContentPredictor,
  type ContentPriorOptions,
  contentPredictor,
} from "../../encoders/content-prior.ts";
import { defaultEncoderOptions, encodeTable, fitEncoder } from "../../encoders/encoder.ts";
import { type ItemPosterior, type LikeEvents, laplacePosterior } from "./item-posterior.ts";

export interface ItemPriorOptions {
  /** Rounds of expectation and maximisation. */
  readonly rounds: number;
  readonly content: ContentPriorOptions;
  /** Variance that content leaves of a weight, and of how much an item is liked at large, before any event. */
  readonly weightVariance: number;
  readonly levelVariance: number;
}

/** The prior of every item's weights: `w_i ~ N(mean_i, precision^-1)`. Plain data. */
export interface ItemPriors {
  /** What content says of each item; of an item with training events, what it would say had there been none. `[items, width]` */
  readonly means: Float32Array;
  /** `[width * width]` */
  readonly precision: Float64Array;
}

/** Training items as tasks. */
export interface ItemEvents {
  /** Row of the item table. */
  readonly item: number;
  readonly events: LikeEvents;
}

/** Which weights there are. */
export interface WeightLayout {
  readonly width: number;
  /** Position of the weight of the constant: how much an item is liked at large. */
  readonly level: number;
}

/**
 * Empirical Bayes by expectation and maximisation (Dempster et al. 1977; as meta-learning: Grant et al. 2018): given the
 * prior, each training item's posterior is Laplace's; given the posteriors, content's prediction of an item's weights is
 * fitted to those of the *other* items (leave-one-out), and the variance is what it leaves, plus the posteriors' own:
 * `V = mean_i (w_i - m_i)(w_i - m_i)^T + S_i`. Every item counts the same, however many events it has.
 */
export async function fitItemPriors(
  train: Dataset,
  tasks: readonly ItemEvents[],
  layout: WeightLayout,
  options: ItemPriorOptions,
): Promise<ItemPriors> {
  const { width, level } = layout;
  const content = await describeItems(train, tasks, options);
  let precision = diagonal(width, (k) => 1 / (k === level ? options.levelVariance : options.weightVariance));
  let means: Float32Array = new Float32Array(train.items.ids.length * width);
  let posteriors: ItemPosterior[] = [];
  for (let round = 0; round < options.rounds; round++) {
    posteriors = tasks.map(({ item, events }, i) =>
      laplacePosterior({ mean: meanOf(means, item, width), precision }, events, posteriors[i]?.mean),
    );
    means = await predictWeights(content, tasks, posteriors, layout);
    precision = invertSpd(leftOver(tasks, posteriors, means, width), width);
  }
  return { means, precision };
}

/** The prior mean of one item. */
export function meanOf(means: Float32Array, item: number, width: number): Float64Array {
  return Float64Array.from(means.subarray(item * width, (item + 1) * width));
}

/** What content says of weights, and of how much an item is liked at large. */
interface Described {
  readonly items: number;
  readonly weights: ContentPredictor;
  readonly liked: ContentPredictor;
}

/** Noise of a weight beside what its events say of it, and of a level, in units of their variance over the items. */
const WEIGHT_NOISE = { noise: 0.3, perEvent: 12 } as const;
const LEVEL_NOISE = { noise: 0.15, perEvent: 2 } as const;

async function describeItems(
  train: Dataset,
  tasks: readonly ItemEvents[],
  { content }: ItemPriorOptions,
): Promise<Described> {
  const { items } = train;
  const counts = new Int32Array(items.ids.length);
  for (const { item, events } of tasks) counts[item] = events.liked.length;
  const seen = Int32Array.from(tasks, ({ item }) => item);
  const encoder = fitEncoder(items, seen, defaultEncoderOptions);
  const bags = encodeTable(encoder, items);
  const source = { bags, numbers: contentNumbers({ items, encoder, bags, seen }, content.kernel), counts };
  const gentle = { ...content, ...WEIGHT_NOISE, kernel: { ...content.kernel, constant: 0.1 } };
  return {
    items: items.ids.length,
    weights: await contentPredictor(source, gentle),
    liked: await contentPredictor(source, { ...content, ...LEVEL_NOISE }),
  };
}

/** What content says of every item's weights, those of training items left out for themselves. `[items, width]` */
async function predictWeights(
  content: Described,
  tasks: readonly ItemEvents[],
  posteriors: readonly ItemPosterior[],
  { width, level }: WeightLayout,
): Promise<Float32Array> {
  const { centre, unit } = momentsOf(posteriors, width);
  const values = new Float32Array(content.items * width);
  tasks.forEach(({ item }, i) => {
    for (let k = 0; k < width; k++)
      values[item * width + k] = (posteriors[i]!.mean[k]! - centre[k]!) / unit[k]!;
  });
  const levels = Float32Array.from({ length: content.items }, (_, item) => values[item * width + level]!);
  const weights = await content.weights({ values, width });
  const liked = await content.liked({ values: levels, width: 1 });
  return weights.mean.map((x, at) => {
    const k = at % width;
    return centre[k]! + unit[k]! * (k === level ? liked.mean[(at - k) / width]! : x);
  });
}

/** Mean and standard deviation of each weight over the training items. */
function momentsOf(
  posteriors: readonly ItemPosterior[],
  width: number,
): { centre: Float64Array; unit: Float64Array } {
  const n = Math.max(1, posteriors.length);
  const centre = new Float64Array(width);
  const unit = new Float64Array(width);
  for (const { mean } of posteriors) for (let k = 0; k < width; k++) centre[k]! += mean[k]! / n;
  for (const { mean } of posteriors)
    for (let k = 0; k < width; k++) unit[k]! += (mean[k]! - centre[k]!) ** 2 / n;
  return { centre, unit: unit.map((x) => Math.sqrt(x + 1e-6)) };
}

/** Covariance of what content leaves. `[width * width]` */
function leftOver(
  tasks: readonly ItemEvents[],
  posteriors: readonly ItemPosterior[],
  means: Float32Array,
  width: number,
): Float64Array {
  const out = diagonal(width, () => 1e-4);
  posteriors.forEach(({ mean, covariance }, i) => {
    const own = meanOf(means, tasks[i]!.item, width);
    for (let a = 0; a < width; a++) {
      const residual = mean[a]! - own[a]!;
      for (let b = 0; b < width; b++)
        out[a * width + b]! +=
          (residual * (mean[b]! - own[b]!) + covariance[a * width + b]!) / posteriors.length;
    }
  });
  return out;
}

function diagonal(width: number, value: (k: number) => number): Float64Array {
  const out = new Float64Array(width * width);
  for (let k = 0; k < width; k++) out[k * (width + 1)] = value(k);
  return out;
}
