import type { History, Query } from "../../data/query.ts";
import { encodeFeatures } from "../../encoders/encoder.ts";
import { itemLevels } from "../../encoders/item-means.ts";
import type { RatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { type RatedItems, tasteSize } from "../../models/ratings.ts";
import { bucketOf, memo, padded } from "../buckets.ts";
import { summedContent } from "./content.ts";
import type { Point } from "./ratings-config.ts";
import type { RatingsWorld } from "./ratings-layout.ts";
import { ratingsAdaptProgram, ratingsPredictProgram } from "./ratings-programs.ts";
import { medianLevel, spreadQuantile } from "./ratings-quantiles.ts";
import type { Prediction, RatingsBayes, RatingsFitted, RatingsPrior } from "./ratings-types.ts";
import { gatherRows } from "./rows.ts";

/** Longest support that is used; of a longer history the latest events. */
const MAX_EVENTS = 512;

/** Adaptation and prediction; programs are compiled once per size. */
export function ratingsServing(
  world: RatingsWorld,
): Pick<RatingsBayes, "adapt" | "score" | "rate" | "predict"> {
  const { means } = world.knowledge;
  const { point } = world.config;
  const adaptFor = memo((shots: number) => ratingsAdaptProgram(world.shape, shots));
  const predictFor = memo((n: number) => ratingsPredictProgram(world.shape, n));
  const feeds = itemFeeds(world);
  const predict: RatingsBayes["predict"] = async (prior, fitted, items) => {
    const room = bucketOf(items.length, 16);
    const program = await predictFor(room);
    const { mean, covariance, scale } = fitted;
    const posterior = { mean, covariance, scale };
    const known = feeds(prior, items, room);
    const out = await program.run({ params: prior.params, items: known, posterior });
    return toPrediction(world, out as never, known.keep.subarray(0, items.length));
  };
  const answer =
    (by: Point): RatingsBayes["score"] =>
    async (...question) =>
      (await predict(...question))[by];
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
      const { mean, covariance, scale } = out as unknown as RatingsFitted;
      return [
        { query, mean, covariance, scale },
        { events: items.length, tasteNorm: Math.hypot(...mean) },
      ];
    },
    score: answer("mean"),
    rate: answer(point),
    predict,
  };
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

interface RawPrediction {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** `[room, levels]` */
  readonly probabilities: Float32Array;
}

function toPrediction(
  { knowledge, config }: RatingsWorld,
  raw: RawPrediction,
  keep: Float32Array,
): Prediction {
  const { levels, means } = knowledge;
  const of = (value: (probabilities: Float32Array, i: number) => number): Float32Array =>
    Float32Array.from(keep, (_, i) =>
      value(raw.probabilities.subarray(i * levels.length, (i + 1) * levels.length), i),
    );
  const tail = (i: number): number => (keep[i] === 1 ? config.warmTail : config.coldTail);
  return {
    mean: of((p) => p.reduce((sum, share, c) => sum + share * levels[c]!, 0)),
    median: of((p) => medianLevel(p, levels)),
    low: of((p, i) => spreadQuantile(p, levels, tail(i))),
    high: of((p, i) => spreadQuantile(p, levels, 1 - tail(i))),
    variance: of((_, i) => raw.variance[i]! * means.deviation ** 2),
  };
}
