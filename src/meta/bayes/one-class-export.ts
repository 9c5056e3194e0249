import { type Catalogue, LEVELS } from "../../encoders/catalogue.ts";
import { contextWidth, requestContext } from "../../encoders/request.ts";
import { trendsAt, trendWidth } from "../../encoders/trends.ts";
import {
  type OneClassParams,
  type OneClassShape,
  oneClassPosterior,
  oneClassShapes,
  personalScore,
  popularityScore,
} from "../../models/one-class.ts";
import {
  add,
  cast,
  clip,
  concat,
  constant,
  div,
  floor,
  gather,
  greaterEqual,
  input,
  log1p,
  max,
  maximum,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  type Tree,
  unsqueeze,
} from "../../tensor/index.ts";
import { memo } from "../buckets.ts";
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
import { paramInputs } from "../params.ts";
import { type ChoiceHead, frozenCatalogue } from "./bayes-head.ts";
import { oneClassShape } from "./one-class.ts";
import { defaultOneClassConfig } from "./one-class-config.ts";
import { itemReader } from "./one-class-items.ts";
import { type LikesTables, likesInputs, saidByLikes } from "./one-class-likes-export.ts";
import { precisionProgram } from "./one-class-programs.ts";
import { prepareItems } from "./one-class-serving.ts";

const personDocs = (number: string): Readonly<Record<string, string>> => ({
  [`person${number}.mean`]: "mean of the person's taste",
  [`covariance${number}`]: "covariance of the person's taste",
  [`person${number}.said`]: "what the person's likes say of each item directly, beside their taste",
});
const answers: Readonly<Record<string, string>> = {
  days: "days between each event and the request",
  "person.context": "what popularity is weighted by for such a request",
  scores: "a score for every item, as of the end of training: the larger, the likelier to be chosen next",
};

/**
 * Adaptation and scoring of the one-class head, popularity as of the end of training. A head of several members hands over
 * what each learned of the person, as `person.1.mean` and so on, beside the one `person.context` of the request.
 */
export async function exportOneClass(head: ChoiceHead, options: ExportOptions): Promise<LearnerExport> {
  const catalogue = frozenCatalogue(head.catalogue);
  const shape = oneClassShape(catalogue, { ...defaultOneClassConfig, ...head.config });
  const about = {
    learner: "Bayes head, what will be chosen",
    items: catalogue.items,
    scale: catalogue.scale,
  };
  const known = byMember(await membersFor({ ...head, catalogue }, shape));
  const members = each(known, () => memberInputs(catalogue, shape));
  const popularity = popularityInputs(catalogue);
  const events = { ...eventInputs(options), days: input("days", [options.shots]) };
  const likes = likesInputs(catalogue);
  const learned = each(members, (one) => ({
    ...adapted(one, catalogue, events),
    ...(likes && { said: saidByLikes(one.params.likes!, catalogue, { ...events, ...likes.graph }) }),
  }));
  const people = each(members, () => ({
    mean: input("mean", [shape.embeddingSize]),
    ...(likes && { said: input("said", [catalogue.items.ids.length]) }),
  }));
  const context = input("context", [contextWidth]);
  const scores = each(members, (one, key) => scored(one, { ...popularity, ...people[key]!, context }));
  const docs = { ...eventDocs, ...memberDocs(members, personDocs), ...answers };
  return {
    adapt: writeStep(about, {
      step: "adapt",
      inputs: { ...events, ...adaptTree(members, popularity, likes?.graph) },
      outputs: {
        person: {
          ...numbered(each(learned, ({ covariance: _, ...person }) => person)),
          context: contextOf(catalogue, { ...events, ...popularity }),
        },
        covariance: numbered(each(learned, ({ covariance }) => covariance)),
      },
      constants: adaptTree(known, popularityOf(catalogue), likes?.constants),
      docs,
    }),
    score: writeStep(about, {
      step: "score",
      inputs: { person: { ...numbered(people), context }, ...scoreTree(members, popularity) },
      outputs: { scores: average(Object.values(scores)) },
      constants: scoreTree(known, popularityOf(catalogue)),
      docs,
    }),
  };
}

/** What a step takes of a member: inputs of a graph, or what is written into the file for them. */
interface Member<T> {
  readonly params: OneClassParams<T>;
  /** `[items, embeddingSize + 1]` */
  readonly features: T;
  /** `[embeddingSize, embeddingSize]` */
  readonly precision: T;
}

/** What it takes of items, whoever the member. */
interface Popularity<T> {
  readonly [key: string]: T;
  /** `[items, trendWidth]` */
  readonly trends: T;
  /** 1 for a warm item. `[items]` */
  readonly keep: T;
}

function adaptTree<T, L>(
  members: ByMember<Member<T>>,
  { trends, keep }: Popularity<T>,
  likes?: LikesTables<L>,
): Tree<T | L> {
  const features = numbered(each(members, (one) => one.features));
  const precision = numbered(each(members, (one) => one.precision));
  return {
    prior: numbered(
      each(members, ({ params: { taste, likes: learned } }) => ({
        taste,
        ...(likes && { likes: learned! }),
      })),
    ),
    tables: { features, trends, keep, precision, ...(likes && { likes }) },
  };
}

function scoreTree<T>(members: ByMember<Member<T>>, { trends, keep }: Popularity<T>): Tree<T> {
  const features = numbered(each(members, (one) => one.features));
  return {
    prior: numbered(each(members, ({ params: { trend, taste } }) => ({ trend, taste }))),
    tables: { features, trends, keep },
  };
}

function memberInputs({ items }: Catalogue, shape: OneClassShape): Member<Tensor> {
  const d = shape.embeddingSize;
  return {
    params: paramInputs(oneClassShapes(shape)) as OneClassParams<Tensor>,
    features: input("features", [items.ids.length, d + 1]),
    precision: input("precision", [d, d]),
  };
}

function membersFor(head: ChoiceHead, shape: OneClassShape): Promise<Member<Float32Array>[]> {
  const { catalogue } = head;
  const items = itemReader(catalogue, shape, { ...defaultOneClassConfig, ...head.config });
  const precisionFor = memo(() => precisionProgram(shape));
  return Promise.all(
    membersOf(head).map(async (prior) => ({
      params: prior.params as OneClassParams<Float32Array>,
      ...(await prepareItems({ catalogue, shape, items }, prior, precisionFor)),
    })),
  );
}

function popularityInputs({ items }: Catalogue): Popularity<Tensor> {
  const n = items.ids.length;
  return { trends: input("trends", [n, trendWidth]), keep: input("keep", [n]) };
}

function popularityOf({ items, trends, warmRow }: Catalogue): Popularity<Float32Array> {
  return {
    trends: trendsAt(trends, Int32Array.from(items.ids.keys()), undefined),
    keep: Float32Array.from(warmRow, (row) => Number(row >= 0)),
  };
}

type Events = EventInputs & { readonly days: Tensor };

function adapted(
  { params, features, precision }: Member<Tensor>,
  catalogue: Catalogue,
  { items, values, mask, days }: Events,
): Record<"mean" | "covariance", Tensor> {
  const width = features.shape[1]!;
  const phi = slice(gather(features, items), 1, 0, width - 1);
  const support = { phi, level: levels(values, catalogue), age: log1p(days), mask };
  const { mean, covariance } = oneClassPosterior(params, precision, support);
  return { mean, covariance };
}

/** `levelOf` of the catalogue's scale. */
function levels(values: Tensor, { scale: { min, max: most } }: Catalogue): Tensor {
  const top = LEVELS - 1;
  const at = most > min ? mul(sub(values, min), top / (most - min)) : add(mul(values, 0), top);
  return cast(floor(add(clip(at, 0, top), 0.5)), "int32");
}

/** Where `requestContext` says when the request is made. */
const TIME = 10;

/** `requestContext` of the same events: time is that of the frozen catalogue, the oldest event is the first. */
function contextOf(
  catalogue: Catalogue,
  { items, values, mask, days, trends, keep }: Events & Popularity<Tensor>,
): Tensor {
  const nobody = requestContext(catalogue, {
    history: { items: new Int32Array(0), values: new Float32Array(0) },
  });
  const { mean, deviation } = catalogue.means;
  const shots = sum(mask);
  const some = maximum(shots, 1);
  const among = (x: Tensor): Tensor => div(sum(mul(x, mask)), some);
  const z = mul(sub(values, mean), 1 / deviation);
  const centre = among(z);
  const from = (n: number): Tensor => cast(greaterEqual(shots, n), "float32");
  // How many events: none, 1, 2 or 3, 4 to 6, more.
  const bounds = [0, 1, 2, 4, 7].map(from);
  const known = mul(gather(keep, items), mask);
  const popular = div(sum(mul(gather(trends, items), unsqueeze(known, -1)), 0), maximum(sum(known), 1));
  const numbers = [
    ...bounds.map((more, i) => sub(more, bounds[i + 1] ?? 0)),
    mul(log1p(shots), 0.5),
    centre,
    sqrt(among(square(sub(z, centre)))),
    among(cast(greaterEqual(values, catalogue.scale.liked), "float32")),
    div(log1p(max(mul(days, mask))), 3),
    constant(nobody[TIME] ?? 0),
    div(sum(known), some),
  ];
  return concat([...numbers.map((x) => reshape(x, [1])), popular]);
}

interface Scoring extends Popularity<Tensor> {
  readonly mean: Tensor;
  readonly said?: Tensor;
  readonly context: Tensor;
}

function scored({ params, features }: Member<Tensor>, { trends, mean, context, said }: Scoring): Tensor {
  const d = mean.shape[0]!;
  const popular = squeeze(popularityScore(params, unsqueeze(trends, 0), unsqueeze(context, 0)), 0);
  const personal = squeeze(personalScore(params, slice(features, 1, 0, d), unsqueeze(mean, 0)), 0);
  const whole = add(add(popular, squeeze(slice(features, 1, d, d + 1), 1)), personal);
  return said === undefined ? whole : add(whole, said);
}
