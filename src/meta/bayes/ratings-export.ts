import type { ItemMeans } from "../../encoders/item-means.ts";

import type { RatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import {
  type RatedItems,
  type RatingsParams,
  ratedFeatures,
  ratingsShapes,
  tasteSize,
} from "../../models/ratings.ts";
import {
  levelProbabilities,
  NEAR_RIDGE,
  predictRatings,
  ratingsPosterior,
} from "../../models/ratings-posterior.ts";
import {
  add,
  constant,
  div,
  gather,
  indicator,
  input,
  less,
  mapTree,
  matmul,
  mul,
  scatterAdd,
  square,
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
import { membersOf } from "../members.ts";
import { average, type ByMember, byMember, each, memberDocs, numbered } from "../members-export.ts";
import { type HostParams, paramInputs } from "../params.ts";
import type { LikingHead } from "./bayes-head.ts";
import { ratingsWorld } from "./ratings.ts";
import type { RatingsWorld } from "./ratings-layout.ts";
import { itemInputs } from "./ratings-programs.ts";
import { itemFeeds, personOf } from "./ratings-serving.ts";
import type { RatingsPrior } from "./ratings-types.ts";

const personDocs = (number: string): Readonly<Record<string, string>> => ({
  [`person${number}.mean`]: "mean of the person's taste",
  [`person${number}.covariance`]: "covariance of the person's taste",
  [`person${number}.scale`]: "how much larger the person's variances are than everybody's",
  [`person${number}.shift`]:
    "what the person's events say of each item beside their taste: how neighbours of it strayed",
});
const answers: Readonly<Record<string, string>> = {
  ratings:
    "predicted rating of every item, on the scale of the data: the mean of its distribution, or the median where the model was told so",
  variance: "variance of the rating before it is rounded to a value of the scale",
  probabilities: "probability of each value of the scale, in ascending order",
};

/**
 * Adaptation and prediction of the ratings head, for somebody whose attributes are not known. A head of several members
 * hands over what each learned of the person, as `person.1.mean` and so on.
 */
export function exportRatings(head: LikingHead, options: ExportOptions): LearnerExport {
  const { knowledge, users, config } = head;
  const world = ratingsWorld(knowledge, users, config);
  const about = {
    learner: "Bayes head, how it will be liked",
    items: knowledge.items,
    scale: knowledge.scale,
  };
  const members = byMember(membersOf(head).map((prior) => memberOf(world, prior)));
  const events = eventInputs(options);
  const presences = input("presences", [knowledge.items.ids.length, world.shape.presenceSize]);
  const near = nearInputs(knowledge);
  const learned = each(members, (one) => adapted(one, { events, presences, near, means: knowledge.means }));
  const people = each(members, () => personInputs(world));
  const docs = { ...eventDocs, ...memberDocs(members, personDocs), ...answers };
  const inputs = each(members, ({ graph }) => graph);
  const constants = each(members, (one) => one.constants);
  return {
    adapt: writeStep(about, {
      step: "adapt",
      inputs: { ...events, presences, ...(near && { near: near.graph }), members: inputs },
      outputs: { person: numbered(learned) },
      constants: {
        presences: knowledge.presence.rows,
        ...(near && { near: near.constants }),
        members: constants,
      },
      docs,
    }),
    score: writeStep(about, {
      step: "score",
      inputs: { person: numbered(people), members: each(inputs, ({ nobody: _, ...rest }) => rest) },
      outputs: predicted(members, people, world),
      constants: { members: each(constants, ({ nobody: _, ...rest }) => rest) },
      docs,
    }),
  };
}

interface Person<T> {
  readonly [key: string]: T;
  readonly mean: T;
  readonly covariance: T;
  readonly scale: T;
  /** `[items]`; models from before have no neighbours. */
  readonly shift?: T;
}

function personInputs({ shape, knowledge }: RatingsWorld): Person<Tensor> {
  const d = tasteSize(shape);
  return {
    mean: input("mean", [d]),
    covariance: input("covariance", [d, d]),
    scale: input("scale", [1]),
    ...(knowledge.neighbours && { shift: input("shift", [knowledge.items.ids.length]) }),
  };
}

/** Neighbours as inputs of a graph, and what is written into the file for them. */
interface Near {
  readonly graph: { readonly items: Tensor; readonly weights: Tensor };
  readonly constants: { readonly items: Int32Array; readonly weights: Float32Array };
}

function nearInputs({ items: { ids }, neighbours }: RatingsKnowledge): Near | undefined {
  if (neighbours === undefined) return undefined;
  const { size, items, weights } = neighbours;
  const shape = [ids.length, size];
  return {
    graph: { items: input("items", shape, "int32"), weights: input("weights", shape) },
    constants: { items, weights },
  };
}

/** As `neighbourShift` has it. `[items]` */
function shifted({ items, weights }: Near["graph"], events: EventInputs, left: Tensor): Tensor {
  const among = (values: Tensor): Tensor =>
    sum(mul(gather(scatterAdd(values, events.items, items.shape[0]!), items), weights), 1);
  return div(among(left), add(among(events.mask), NEAR_RIDGE));
}

/** A prior as inputs of a graph, and what is written into the file for them. */
interface Member {
  readonly graph: {
    readonly prior: RatingsParams<Tensor>;
    readonly nobody: Tensor;
    readonly tables: RatedTables;
  };
  readonly constants: {
    readonly prior: HostParams;
    readonly nobody: Float32Array;
    readonly tables: RatedRows;
  };
}

type RatedTables = { readonly [key in keyof RatedItems]: Tensor };
type RatedRows = { readonly [key in keyof RatedItems]: Float32Array };

function memberOf(world: RatingsWorld, prior: RatingsPrior): Member {
  const { shape, knowledge } = world;
  const all = Int32Array.from(knowledge.items.ids.keys());
  const stranger = { history: { items: new Int32Array(0), values: new Float32Array(0) } };
  return {
    graph: {
      prior: paramInputs(ratingsShapes(shape)) as RatingsParams<Tensor>,
      nobody: input("nobody", [tasteSize(shape)]),
      tables: { ...itemInputs(shape, all.length, [all.length]) },
    },
    constants: {
      prior: prior.params,
      nobody: personOf(world, prior, stranger),
      tables: itemFeeds(world)(prior, all, all.length),
    },
  };
}

interface Adapting {
  readonly events: EventInputs;
  readonly presences: Tensor;
  readonly near: Near | undefined;
  readonly means: Pick<ItemMeans, "mean" | "deviation">;
}

function adapted({ graph }: Member, { events, presences, near, means }: Adapting): Person<Tensor> {
  const rows = mapTree({ ...graph.tables }, (table: Tensor) => gather(table, events.items));
  const { mean, covariance, scale, left } = ratingsPosterior(graph.prior, graph.nobody, {
    ...ratedFeatures(graph.prior, rows),
    value: mul(sub(events.values, means.mean), 1 / means.deviation),
    mask: events.mask,
    presence: gather(presences, events.items),
    keep: rows.keep,
  });
  return { mean, covariance, scale, ...(near && { shift: shifted(near.graph, events, left) }) };
}

/** The mixture of what the members predict, as `mixed` has it. */
function predicted(
  members: ByMember<Member>,
  people: ByMember<Person<Tensor>>,
  { knowledge, config }: RatingsWorld,
): Record<"ratings" | "variance" | "probabilities", Tensor> {
  const { levels, means } = knowledge;
  const found = Object.entries(members).map(([key, { graph }]) => {
    const features = ratedFeatures(graph.prior, graph.tables);
    const { shift } = people[key]!;
    const bias = shift === undefined ? features.bias : add(features.bias, shift);
    const predictive = predictRatings(people[key]!, { ...features, bias });
    return { ...predictive, probabilities: levelProbabilities(graph.prior, predictive) };
  });
  const centre = average(found.map(({ mean }) => mean));
  const variance = average(found.map((one) => add(one.variance, square(sub(one.mean, centre)))));
  const probabilities = average(found.map((one) => one.probabilities));
  const ratings = (config.point === "mean" ? meanLevels : medianLevels)(probabilities, levels);
  return { ratings, variance: mul(variance, means.deviation ** 2), probabilities };
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
