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
  unsqueeze,
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
import { type ChoiceHead, frozenCatalogue } from "./bayes-head.ts";
import { oneClassShape } from "./one-class.ts";
import { defaultOneClassConfig } from "./one-class-config.ts";
import { itemReader } from "./one-class-items.ts";
import { precisionProgram } from "./one-class-programs.ts";
import { prepareItems } from "./one-class-serving.ts";

const docs: Readonly<Record<string, string>> = {
  ...eventDocs,
  days: "days between each event and the request",
  "person.mean": "mean of the person's taste",
  "person.context": "what popularity is weighted by for such a request",
  covariance: "covariance of the person's taste",
  scores: "a score for every item, as of the end of training: the larger, the likelier to be chosen next",
};

/** Adaptation and scoring of the one-class head, popularity as of the end of training. */
export async function exportOneClass(head: ChoiceHead, options: ExportOptions): Promise<LearnerExport> {
  const catalogue = frozenCatalogue(head.catalogue);
  const shape = oneClassShape(catalogue, { ...defaultOneClassConfig, ...head.config });
  const params = paramInputs(oneClassShapes(shape)) as OneClassParams<Tensor>;
  const about = {
    learner: "Bayes head, what will be chosen",
    items: catalogue.items,
    scale: catalogue.scale,
  };
  const { trend, taste } = head.prior.params;
  const known = await tablesOf(head, catalogue);
  const tables = tableInputs(catalogue, shape);
  const { features, trends, keep } = tables;
  const events = { ...eventInputs(options), days: input("days", [options.shots]) };
  const posterior = adapted(params, catalogue, { ...tables, ...events });
  const person = { mean: input("mean", [shape.embeddingSize]), context: input("context", [contextWidth]) };
  return {
    adapt: writeStep(about, {
      step: "adapt",
      inputs: { ...events, prior: { taste: params.taste }, tables },
      outputs: {
        person: { mean: posterior.mean, context: posterior.context },
        covariance: posterior.covariance,
      },
      constants: { prior: { taste: taste as never }, tables: known },
      docs,
    }),
    score: writeStep(about, {
      step: "score",
      inputs: {
        person,
        prior: { trend: params.trend, taste: params.taste },
        tables: { features, trends, keep },
      },
      outputs: { scores: scored(params, { ...tables, ...person }) },
      constants: {
        prior: { trend: trend as never, taste: taste as never },
        tables: { features: known.features, trends: known.trends, keep: known.keep },
      },
      docs,
    }),
  };
}

interface Tables<T> {
  readonly [key: string]: T;
  /** `[items, embeddingSize + 1]` */
  readonly features: T;
  /** `[items, trendWidth]` */
  readonly trends: T;
  /** 1 for a warm item. `[items]` */
  readonly keep: T;
  /** `[embeddingSize, embeddingSize]` */
  readonly precision: T;
}

function tableInputs({ items }: Catalogue, { embeddingSize: d }: OneClassShape): Tables<Tensor> {
  const n = items.ids.length;
  return {
    features: input("features", [n, d + 1]),
    trends: input("trends", [n, trendWidth]),
    keep: input("keep", [n]),
    precision: input("precision", [d, d]),
  };
}

async function tablesOf({ prior, config }: ChoiceHead, catalogue: Catalogue): Promise<Tables<Float32Array>> {
  const whole = { ...defaultOneClassConfig, ...config };
  const shape = oneClassShape(catalogue, whole);
  const items = itemReader(catalogue, shape, whole);
  const prepared = await prepareItems({ catalogue, shape, items }, prior, () => precisionProgram(shape));
  const all = Int32Array.from(catalogue.items.ids.keys());
  return {
    ...prepared,
    trends: trendsAt(catalogue.trends, all, undefined),
    keep: Float32Array.from(catalogue.warmRow, (row) => Number(row >= 0)),
  };
}

type Adapting = EventInputs & Tables<Tensor> & { readonly days: Tensor };

function adapted(
  params: OneClassParams<Tensor>,
  catalogue: Catalogue,
  given: Adapting,
): Record<"mean" | "covariance" | "context", Tensor> {
  const { items, values, mask, days, features, precision } = given;
  const width = features.shape[1]!;
  const phi = slice(gather(features, items), 1, 0, width - 1);
  const support = { phi, level: levels(values, catalogue), age: log1p(days), mask };
  const { mean, covariance } = oneClassPosterior(params, precision, support);
  return { mean, covariance, context: contextOf(catalogue, given) };
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
function contextOf(catalogue: Catalogue, { items, values, mask, days, trends, keep }: Adapting): Tensor {
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

interface Scoring extends Tables<Tensor> {
  readonly mean: Tensor;
  readonly context: Tensor;
}

function scored(params: OneClassParams<Tensor>, { features, trends, mean, context }: Scoring): Tensor {
  const d = mean.shape[0]!;
  const popular = squeeze(popularityScore(params, unsqueeze(trends, 0), unsqueeze(context, 0)), 0);
  const personal = squeeze(personalScore(params, slice(features, 1, 0, d), unsqueeze(mean, 0)), 0);
  return add(add(popular, squeeze(slice(features, 1, d, d + 1), 1)), personal);
}
