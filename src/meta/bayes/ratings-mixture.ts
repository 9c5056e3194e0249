import type { Point } from "./ratings-config.ts";
import type { RatingsWorld } from "./ratings-layout.ts";
import { medianLevel, spreadQuantile } from "./ratings-quantiles.ts";
import { type RawPrediction, servePrior } from "./ratings-serving.ts";
import type { RatingsBayes, RatingsMixture } from "./ratings-types.ts";

/** Serves several priors as one, and one as the mixture of itself. */
export function ratingsServing(
  world: RatingsWorld,
): Pick<RatingsBayes, "adapt" | "score" | "rate" | "predict" | "mixture"> {
  const mixture = ratingsMixture(world);
  return {
    async adapt(prior, query) {
      const [fitted, info] = await mixture.adapt([prior], query);
      return [fitted[0]!, info];
    },
    score: (prior, fitted, items) => mixture.score([prior], [fitted], items),
    rate: (prior, fitted, items) => mixture.rate([prior], [fitted], items),
    predict: (prior, fitted, items) => mixture.predict([prior], [fitted], items),
    mixture,
  };
}

function ratingsMixture(world: RatingsWorld): RatingsMixture {
  const one = servePrior(world);
  const { counts } = world.knowledge.means;
  const predict: RatingsMixture["predict"] = async (priors, fitted, items) => {
    const each: RawPrediction[] = [];
    for (const [m, prior] of priors.entries()) each.push(await one.distribution(prior, fitted[m]!, items));
    const tails = Float64Array.from(items, (item) =>
      counts[item]! > 0 ? world.config.warmTail : world.config.coldTail,
    );
    return toPrediction(world, mixed(each), tails);
  };
  const answer =
    (by: Point): RatingsMixture["score"] =>
    async (...question) =>
      (await predict(...question))[by];
  return {
    name: "Bayes head (ratings)",
    async adapt(priors, query) {
      const fitted = await Promise.all(priors.map((prior) => one.adapt(prior, query)));
      const norms = fitted.map(({ mean }) => Math.hypot(...mean));
      const tasteNorm = norms.reduce((a, b) => a + b, 0) / norms.length;
      return [fitted, { events: query.history.items.length, tasteNorm }];
    },
    score: answer("mean"),
    rate: answer(world.config.point),
    predict,
  };
}

/** The mixture with equal shares: probabilities are averaged; `V = E[v] + E[m^2] - E[m]^2`. */
export function mixed(each: readonly RawPrediction[]): RawPrediction {
  const average = (value: (one: RawPrediction, i: number) => number, n: number): Float32Array =>
    Float32Array.from(
      { length: n },
      (_, i) => each.reduce((sum, one) => sum + value(one, i), 0) / each.length,
    );
  const [first] = each;
  if (first === undefined || each.length === 1) return first!;
  const n = first.mean.length;
  const mean = average((one, i) => one.mean[i]!, n);
  const squares = average((one, i) => one.variance[i]! + (one.mean[i]! - mean[i]!) ** 2, n);
  return {
    mean,
    variance: squares,
    probabilities: average((one, i) => one.probabilities[i]!, first.probabilities.length),
  };
}

/** @param tails probability left out at either end of each interval. `[items]` */
function toPrediction(
  { knowledge }: RatingsWorld,
  raw: RawPrediction,
  tails: Float64Array,
): Awaited<ReturnType<RatingsMixture["predict"]>> {
  const { levels, means } = knowledge;
  const of = (value: (probabilities: Float32Array, i: number) => number): Float32Array =>
    Float32Array.from(tails, (_, i) =>
      value(raw.probabilities.subarray(i * levels.length, (i + 1) * levels.length), i),
    );
  return {
    mean: of((p) => p.reduce((sum, share, c) => sum + share * levels[c]!, 0)),
    median: of((p) => medianLevel(p, levels)),
    low: of((p, i) => spreadQuantile(p, levels, tails[i]!)),
    high: of((p, i) => spreadQuantile(p, levels, 1 - tails[i]!)),
    variance: of((_, i) => raw.variance[i]! * means.deviation ** 2),
  };
}
