import type { ItemMeans } from "../../encoders/item-means.ts";
import {
  type RatedItems,
  type RatingsParams,
  ratedFeatures,
  ratingsShapes,
  tasteSize,
} from "../../models/ratings.ts";
import { levelProbabilities, predictRatings, ratingsPosterior } from "../../models/ratings-posterior.ts";
import {
  add,
  constant,
  gather,
  indicator,
  input,
  less,
  mapTree,
  matmul,
  mul,
  sub,
  sum,
  type Tensor,
} from "../../tensor/index.ts";
import {
  type EventInputs,
  type ExportOptions,
  eventDocs,
  eventInputs,
  type LearnerExport,
  writeStep,
} from "../export.ts";
import { paramInputs } from "../params.ts";
import type { LikingHead } from "./bayes-head.ts";
import { ratingsWorld } from "./ratings.ts";
import type { Point } from "./ratings-config.ts";
import { itemInputs } from "./ratings-programs.ts";
import { itemFeeds, personOf } from "./ratings-serving.ts";

const docs: Readonly<Record<string, string>> = {
  ...eventDocs,
  "person.mean": "mean of the person's taste",
  "person.covariance": "covariance of the person's taste",
  "person.scale": "how much larger the person's variances are than everybody's",
  ratings:
    "predicted rating of every item, on the scale of the data: the mean of its distribution, or the median where the model was told so",
  variance: "variance of the rating before it is rounded to a value of the scale",
  probabilities: "probability of each value of the scale, in ascending order",
};

/** Adaptation and prediction of the ratings head, for somebody whose attributes are not known. */
export function exportRatings(
  { knowledge, users, config, prior }: LikingHead,
  options: ExportOptions,
): LearnerExport {
  const world = ratingsWorld(knowledge, users, config);
  const { shape } = world;
  const params = paramInputs(ratingsShapes(shape)) as RatingsParams<Tensor>;
  const about = {
    learner: "Bayes head, how it will be liked",
    items: knowledge.items,
    scale: knowledge.scale,
  };
  const all = Int32Array.from(knowledge.items.ids.keys());
  const known = itemFeeds(world)(prior, all, all.length);
  const tables = itemInputs(shape, all.length, [all.length]);
  const nobody = input("nobody", [tasteSize(shape)]);
  const events = eventInputs(options);
  const presences = input("presences", [all.length, shape.presenceSize]);
  const { deviation } = knowledge.means;
  const posterior = adapted(params, nobody, { events, tables, presences, means: knowledge.means });
  const d = tasteSize(shape);
  const person = {
    mean: input("mean", [d]),
    covariance: input("covariance", [d, d]),
    scale: input("scale", [1]),
  };
  return {
    adapt: writeStep(about, {
      step: "adapt",
      inputs: { ...events, prior: { ...params }, nobody, presences, tables: { ...tables } },
      outputs: { person: posterior },
      constants: {
        prior: prior.params,
        nobody: personOf(world, prior, {
          history: { items: new Int32Array(0), values: new Float32Array(0) },
        }),
        presences: knowledge.presence.rows,
        tables: known,
      },
      docs,
    }),
    score: writeStep(about, {
      step: "score",
      inputs: { person, prior: { ...params }, tables: { ...tables } },
      outputs: predicted(params, {
        person,
        tables,
        levels: knowledge.levels,
        deviation,
        point: world.config.point,
      }),
      constants: { prior: prior.params, tables: known },
      docs,
    }),
  };
}

interface Adapting {
  readonly events: EventInputs;
  readonly tables: RatedItems;
  readonly presences: Tensor;
  readonly means: Pick<ItemMeans, "mean" | "deviation">;
}

function adapted(
  params: RatingsParams<Tensor>,
  nobody: Tensor,
  { events, tables, presences, means }: Adapting,
): Predicting["person"] {
  const rows = mapTree({ ...tables }, (table: Tensor) => gather(table, events.items));
  const { mean, covariance, scale } = ratingsPosterior(params, nobody, {
    ...ratedFeatures(params, rows),
    value: mul(sub(events.values, means.mean), 1 / means.deviation),
    mask: events.mask,
    presence: gather(presences, events.items),
    keep: rows.keep,
  });
  return { mean, covariance, scale };
}

interface Predicting {
  readonly person: { readonly mean: Tensor; readonly covariance: Tensor; readonly scale: Tensor };
  readonly tables: RatedItems;
  readonly levels: Float32Array;
  readonly deviation: number;
  readonly point: Point;
}

function predicted(
  params: RatingsParams<Tensor>,
  { person, tables, levels, deviation, point }: Predicting,
): Record<"ratings" | "variance" | "probabilities", Tensor> {
  const predictive = predictRatings(person, ratedFeatures(params, tables));
  const probabilities = levelProbabilities(params, predictive);
  const ratings = point === "mean" ? meanLevels(probabilities, levels) : medianLevels(probabilities, levels);
  return { ratings, variance: mul(predictive.variance, deviation ** 2), probabilities };
}

/** `[n, levels] -> [n]` */
function meanLevels(probabilities: Tensor, levels: Float32Array): Tensor {
  return sum(mul(probabilities, constant(levels)), -1);
}

/** Every value below which less than half of the probability lies leads to the next one. `[n, levels] -> [n]` */
function medianLevels(probabilities: Tensor, levels: Float32Array): Tensor {
  const n = levels.length;
  const upTo = constant(
    Float32Array.from({ length: n * n }, (_, i) => Number(Math.floor(i / n) <= i % n)),
    [n, n],
  );
  const steps = constant(levels.map((level, c) => (levels[c + 1] ?? level) - level));
  const short = less(matmul(probabilities, upTo), 0.5);
  return add(sum(mul(indicator(short), steps), -1), levels[0] ?? 0);
}
