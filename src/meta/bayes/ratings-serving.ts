import type { History, Query } from "../../data/query.ts";
import { encodeFeatures } from "../../encoders/encoder.ts";
import { itemLevels } from "../../encoders/item-means.ts";
import type { RatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { type RatedItems, tasteSize } from "../../models/ratings.ts";
import { bucketOf, memo, padded } from "../buckets.ts";
import { summedContent } from "./content.ts";
import { neighbourShift } from "./neighbour-shift.ts";
import type { RatingsWorld } from "./ratings-layout.ts";
import { ratingsAdaptProgram, ratingsPredictProgram } from "./ratings-programs.ts";
import type { RatingsFitted, RatingsPrior } from "./ratings-types.ts";
import { gatherRows } from "./rows.ts";

/** Longest support that is used; of a longer history the latest events. */
const MAX_EVENTS = 512;

/** What one prior says of items before it is summarised. */
export interface RawPrediction {
  /** Before rounding to the scale's values, in standard deviations of the training values. `[items]` each */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** `[items, levels]` */
  readonly probabilities: Float32Array;
}

/** Adaptation and prediction of one prior. */
export interface PriorServing {
  adapt(prior: RatingsPrior, query: Query): Promise<RatingsFitted>;
  distribution(prior: RatingsPrior, fitted: RatingsFitted, items: Int32Array): Promise<RawPrediction>;
}

/** Programs are compiled once per size. */
export function servePrior(world: RatingsWorld): PriorServing {
  const { means } = world.knowledge;
  const { levels } = world.shape;
  const adaptFor = memo((shots: number) => ratingsAdaptProgram(world.shape, shots));
  const predictFor = memo((n: number) => ratingsPredictProgram(world.shape, n));
  const feeds = itemFeeds(world);
  return {
    async adapt(prior, query) {
      const items = query.history.items.slice(-MAX_EVENTS);
      const room = bucketOf(items.length, 8);
      const program = await adaptFor(room);
      const value = padded(
        query.history.values.slice(-MAX_EVENTS).map((v) => (v - means.mean) / means.deviation),
        room,
      );
      const mask = padded(new Float32Array(items.length).fill(1), room);
      const person = personOf(world, prior, query);
      const out = await program.run({
        params: prior.params,
        items: feeds(prior, items, room),
        presence: padded(presenceOf(world.knowledge, query.history, items), room * world.shape.presenceSize),
        person,
        value,
        mask,
      });
      const { mean, covariance, scale, left } = out as unknown as RatingsFitted;
      return { query, mean, covariance, scale, left };
    },
    async distribution(prior, fitted, items) {
      const { mean, covariance, scale } = fitted;
      const room = bucketOf(items.length, 16);
      const program = await predictFor(room);
      const out = await program.run({
        params: prior.params,
        items: feeds(prior, items, room),
        posterior: { mean, covariance, scale },
        shift: padded(shiftOf(world.knowledge, fitted, items), room),
      });
      const found = out as unknown as RawPrediction;
      return {
        mean: found.mean.slice(0, items.length),
        variance: found.variance.slice(0, items.length),
        probabilities: found.probabilities.slice(0, items.length * levels),
      };
    },
  };
}

/** What the neighbours of items among the latest events say of them, in standard deviations. `[items]` */
export function shiftOf(
  { neighbours }: RatingsKnowledge,
  { query, left }: Pick<RatingsFitted, "query" | "left">,
  items: Int32Array,
): Float32Array {
  if (neighbours === undefined) return new Float32Array(items.length);
  return neighbourShift(neighbours, { items: query.history.items.slice(-MAX_EVENTS), left }, items);
}

/** What the presence of the latest items says: nothing of those that were asked about. `[items, presenceSize]` */
function presenceOf({ presence }: RatingsKnowledge, { asked }: History, items: Int32Array): Float32Array {
  const rows = gatherRows(presence.rows, presence.size, items);
  asked?.slice(-items.length).forEach((flag, i) => {
    if (flag === 1) rows.fill(0, i * presence.size, (i + 1) * presence.size);
  });
  return rows;
}

type Feeds = (prior: RatingsPrior, items: Int32Array, room: number) => Record<keyof RatedItems, Float32Array>;

/** Tables of items as a program wants them; content is summed once per prior. */
export function itemFeeds({ knowledge, shape, items: bags }: RatingsWorld): Feeds {
  const width = shape.contentSize + 1;
  const contents = new WeakMap<RatingsPrior, Float32Array>();
  const contentOf = (prior: RatingsPrior): Float32Array => {
    const known = contents.get(prior);
    if (known !== undefined) return known;
    const all = Int32Array.from(knowledge.items.ids.keys());
    const summed = summedContent(bags, { data: prior.tables.content, width }, all);
    contents.set(prior, summed);
    return summed;
  };
  return (prior, items, room) => {
    const { level, count } = itemLevels(knowledge.means, knowledge.predictedLevel, items);
    const rows = (table: Float32Array, size: number): Float32Array =>
      padded(gatherRows(table, size, items), room * size);
    return {
      content: rows(contentOf(prior), width),
      factors: rows(prior.tables.factors, shape.factorSize),
      predicted: rows(knowledge.predictedFactors, shape.factorSize),
      keep: padded(
        count.map((n) => Number(n > 0)),
        room,
      ),
      level: padded(level, room),
      count: padded(count, room),
      spread: padded(gatherRows(knowledge.levelVariance, 1, items), room),
    };
  };
}

/** What a request's attributes add to the prior mean of the taste. */
export function personOf(
  { knowledge, shape }: RatingsWorld,
  prior: RatingsPrior,
  query: Query,
): Float32Array {
  const width = tasteSize(shape);
  return summedContent(
    encodeFeatures(knowledge.people, query.features),
    { data: prior.tables.person, width },
    [0],
  );
}
