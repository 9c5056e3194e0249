import { parse, TomlError } from "smol-toml";
import { Type } from "typebox";
import { ForetasteError } from "../base/errors.ts";
import { parseWith } from "../base/schema.ts";
import { defaultLikeWeightOptions } from "../encoders/like-weights.ts";
import { type Point, points } from "../meta/bayes/ratings-config.ts";
import { methods } from "../meta/network/methods.ts";
import { models as networks } from "../models/models.ts";
import { type AugmentConfig, augmentFields, noAugmentation } from "./augment-config.ts";
import { type NetworkModelConfig, networkRow, networkRows } from "./networks.ts";

/** Which data set, and where it is. */
export interface DataConfig {
  /** A known data set, or any name when `description` is given. */
  readonly name: string;
  /** Folder of the files. */
  readonly path?: string;
  /** TOML or JSON file that says which column is what, for data that is not known by name. */
  readonly description?: string;
  /** `NAME` or `NAME:column,column`, several with `+`: adds what encoders say of the items' texts as columns of vectors. */
  readonly encoder?: string;
}

/** Who stays unseen (protocol 6). */
export interface SplitConfig {
  /** Share of users that is cold. */
  readonly coldFraction: number;
  readonly mode: "random" | "last-come";
  /** Share of the training users that early stopping watches (`outerValid`). */
  readonly validFraction: number;
}

/** Hyper-parameters of every model, by the names of the vocabulary. */
export interface CommonModelConfig extends AugmentConfig {
  readonly embeddingSize: number;
  /** At most this many passes over the training users. */
  readonly epochs: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Largest norm of a gradient. */
  readonly clipNorm: number;
  /** Tasks of one meta-gradient. */
  readonly batchTasks: number;
  /** Epochs without a better `outerValid` before training stops; 0 goes on to the end and keeps the last prior. */
  readonly patience: number;
}

/** What somebody will choose is one head's question; how they will like it is another's, under `ratings`. */
export interface BayesHeadConfig extends CommonModelConfig {
  readonly kind: "bayes-head";
  /** How often an item is shown without its ID embedding, so that cold items are ordinary inputs. */
  readonly idDropout: number;
  /** How an item's attributes, vectors and ID become one: added up, or weighed by gates that see what is there. */
  readonly fusion: "sum" | "gate";
  /** With gates: how often an attribute is hidden, so that missing ones are ordinary inputs. */
  readonly modalityDropout: number;
  /** Whether the words of texts count among the attributes of what somebody will choose. */
  readonly words: boolean;
  /** Items whose likes say most of another, for each; 0 asks none. */
  readonly neighbours: number;
  /** Decay of the moving average of the weights; 0 keeps the last weights. */
  readonly averaging: number;
  /** Heads of what somebody will choose, from different starts and draws, whose scores are averaged; each costs a training more. */
  readonly members: number;
  readonly ratings: RatingsHeadConfig;
}

/** Hyper-parameters of the head that predicts ratings, where they are its own. */
export interface RatingsHeadConfig {
  readonly embeddingSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly batchTasks: number;
  /** Items with the most events, whose attributes teach what to expect of new items; time grows with its cube. */
  readonly contentItems: number;
  /** What stands for a rating: the mean of its distribution, or the median, the better guess under absolute error. */
  readonly point: Point;
  /** Heads trained from different starts and draws, whose distributions are averaged; each costs a training more. */
  readonly members: number;
}

export type ModelConfig = BayesHeadConfig | NetworkModelConfig;

/** The Bayes head's, whose `kind` no learner on a network has. */
export function isBayesHead(model: ModelConfig): model is BayesHeadConfig {
  return model.kind === "bayes-head";
}

/** Everything that decides what a training run does. */
export interface TrainConfig {
  readonly seed: number;
  /** Folder of the registry in which the model is saved. */
  readonly output: string;
  readonly data: DataConfig;
  readonly split: SplitConfig;
  readonly model: ModelConfig;
}

const common: CommonModelConfig = {
  embeddingSize: 32,
  epochs: 8,
  learningRate: 0.003,
  weightDecay: 0.01,
  clipNorm: 5,
  batchTasks: 32,
  patience: 3,
  ...noAugmentation,
};
const ratings: RatingsHeadConfig = {
  embeddingSize: 16,
  epochs: 12,
  learningRate: 0.003,
  batchTasks: 16,
  contentItems: 4096,
  point: "mean",
  members: 1,
};

/** Used where a configuration says nothing. */
export const defaultConfig: Omit<TrainConfig, "model"> & {
  readonly models: { readonly "bayes-head": BayesHeadConfig };
} = {
  seed: 1,
  output: "models",
  data: { name: "movietweetings" },
  split: { coldFraction: 0.2, mode: "random", validFraction: 0.1 },
  models: {
    "bayes-head": {
      kind: "bayes-head",
      ...common,
      epochs: 10,
      batchTasks: 128,
      idDropout: 0.8,
      fusion: "sum",
      modalityDropout: 0,
      words: false,
      neighbours: defaultLikeWeightOptions.size,
      averaging: 0.99,
      members: 1,
      ratings,
    },
  },
};

const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1 });
const share = Type.Number({ minimum: 0, maximum: 0.9 });
const positive = Type.Number({ exclusiveMinimum: 0 });
const count = Type.Integer({ minimum: 1, maximum: 1_000_000 });
const members = Type.Integer({ minimum: 1, maximum: 32 });
const commonFields = {
  embeddingSize: Type.Integer({ minimum: 1, maximum: 1024 }),
  epochs: count,
  learningRate: positive,
  weightDecay: Type.Number({ minimum: 0 }),
  clipNorm: positive,
  batchTasks: count,
  patience: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  ...augmentFields,
};
const ratingsFields = Type.Object(
  {
    embeddingSize: commonFields.embeddingSize,
    epochs: count,
    learningRate: positive,
    batchTasks: count,
    contentItems: Type.Integer({ minimum: 2, maximum: 10_000 }),
    point: Type.Enum([...points]),
    members,
  },
  closed,
);
const bayesHead = Type.Object(
  {
    kind: Type.Literal("bayes-head"),
    ...commonFields,
    idDropout: share,
    fusion: Type.Enum(["sum", "gate"]),
    modalityDropout: share,
    words: Type.Boolean(),
    neighbours: Type.Integer({ minimum: 0, maximum: 10_000 }),
    averaging: Type.Number({ minimum: 0, maximum: 0.99999 }),
    members,
    ratings: ratingsFields,
  },
  closed,
);
const nothingOrMore = Type.Number({ minimum: 0 });
const whole = Type.Integer({ minimum: 0, maximum: 10_000 });
const probability = Type.Number({ minimum: 0, maximum: 1 });
const either = (...values: readonly (string | number)[]) => Type.Enum([...values]);
const network = Type.Object(
  {
    kind: either(...networkRows.map(({ name }) => name)),
    ...commonFields,
    method: either(...methods.map(({ name }) => name)),
    model: either(...networks.map(({ name }) => name)),
    loss: either("auto", "squared", "cross-entropy", "softmax", "bpr"),
    negatives: whole,
    fusion: either("join", "gate"),
    hidden: Type.String({ pattern: "^([1-9][0-9]{0,3}(-[1-9][0-9]{0,3})*)?$" }),
    start: either("he", "torch"),
    dropout: share,
    order: either(1, 2),
    innerOptimiser: either("sgd", "adam"),
    innerSteps: Type.Integer({ minimum: 0, maximum: 100 }),
    innerLearningRate: positive,
    learnInnerRate: Type.Boolean(),
    supportShrinkage: nothingOrMore,
    proximity: nothingOrMore,
    maxShots: count,
    maxQuery: count,
    decay: Type.Boolean(),
    standardised: Type.Boolean(),
    squaresDecay: Type.Number({ minimum: 0, exclusiveMaximum: 1 }),
    adversarial: nothingOrMore,
    itemIds: Type.Boolean(),
    itemLevels: Type.Boolean(),
    columns: Type.String(),
    minCount: count,
    averageLists: Type.Boolean(),
    minEvents: count,
    maxEvents: count,
    coldTasks: probability,
    coldLists: probability,
    idDropout: probability,
    replay: share,
  },
  closed,
);
const kinds = either("bayes-head", ...networkRows.map(({ name }) => name));
const outer = {
  seed: Type.Integer({ minimum: 0, maximum: 2 ** 53 - 1 }),
  output: text,
  data: Type.Object(
    {
      name: text,
      path: Type.Optional(text),
      description: Type.Optional(text),
      encoder: Type.Optional(text),
    },
    closed,
  ),
  split: Type.Object(
    {
      coldFraction: Type.Number({ exclusiveMinimum: 0, maximum: 0.9 }),
      mode: Type.Union([Type.Literal("random"), Type.Literal("last-come")]),
      validFraction: share,
    },
    closed,
  ),
};
const schemas = {
  bayesHead: Type.Object({ ...outer, model: bayesHead }, closed),
  network: Type.Object({ ...outer, model: network }, closed),
};

/**
 * Checks a configuration of unknown origin and fills in what it leaves out.
 *
 * @param where what to call it in errors, such as the path of its file
 * @throws ForetasteError `CONFIG` with the path of the wrong key, and the nearest right one
 * @example parseTrainConfig({ model: { kind: "maml", innerSteps: 5 } }, "train.toml")
 */
export function parseTrainConfig(given: unknown, where: string): TrainConfig {
  const kind = modelKind(given, where);
  const schema = kind === "bayes-head" ? schemas.bayesHead : schemas.network;
  return parseWith(schema, withDefaults(given, kind), { code: "CONFIG", where }) as TrainConfig;
}

function modelKind(given: unknown, where: string): string {
  const kind = asRecord(asRecord(given)?.["model"])?.["kind"] ?? "bayes-head";
  return String(parseWith(kinds, kind, { code: "CONFIG", where: `${where}: model.kind` }));
}

function withDefaults(given: unknown, kind: string): unknown {
  const { models, ...rest } = defaultConfig;
  return mergeConfig({ ...rest, model: networkRow(kind)?.model ?? models["bayes-head"] }, given);
}

/** `over` laid on `base`, table by table; a value that is `undefined` in `over` leaves that of `base`. */
export function mergeConfig(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  const [below, above] = [asRecord(base), asRecord(over)];
  if (below === undefined || above === undefined) return over;
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...keys].map((key) => [key, mergeConfig(below[key], above[key])]));
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const plain = typeof value === "object" && value !== null && !Array.isArray(value);
  return plain ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** @throws ForetasteError `CONFIG` with the line and column of the first mistake */
export function parseToml(source: string, where: string): unknown {
  try {
    return parse(source);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const reason = (cause.message.split("\n", 1)[0] ?? "").replace(/^Invalid TOML document: /, "");
    throw new ForetasteError("CONFIG", {
      where: `${where}:${cause.line}:${cause.column}`,
      expected: "TOML",
      got: `"${shorten(source.split("\n")[cause.line - 1]?.trim() ?? "")}" (${reason})`,
      cause,
    });
  }
}

function shorten(line: string): string {
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
