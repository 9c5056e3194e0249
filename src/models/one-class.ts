import {
  add,
  concat,
  constant,
  exp,
  gather,
  logSoftmax,
  matmul,
  matvec,
  mul,
  neg,
  pad,
  slice,
  softplus,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  tanh,
  unsqueeze,
} from "../tensor/index.ts";
import { type FusionParams, fuse, fusionShapes, type Modalities } from "./fusion.ts";
import { gaussianPosterior, type Posterior } from "./posterior.ts";

/** Sizes of a one-class head. */
export interface OneClassShape {
  /** Items with an embedding of their own. */
  readonly items: number;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  /** Numbers that describe an item's popularity at a request. */
  readonly trendSize: number;
  /** Numbers that describe a request. */
  readonly contextSize: number;
  /** Distinct values an event can have. */
  readonly levels: number;
  /** Fields of content that gates fuse with the ID; without it content comes summed, and the ID is added. */
  readonly fields?: number;
  /** Whether it is told what likes of items say of others beside their features. */
  readonly likes?: boolean;
}

/** What the one-class head learns, as shapes; content embeddings stand outside, with a bias as their last column. */
export function oneClassShapes(s: OneClassShape): OneClassParams<readonly number[]> {
  return {
    id: [s.items, s.embeddingSize],
    trend: {
      linear: [s.trendSize],
      cross: [s.contextSize, s.trendSize],
      hidden: [s.trendSize, s.hiddenSize],
      context: [s.contextSize, s.hiddenSize],
      offset: [s.hiddenSize],
      output: [s.hiddenSize],
    },
    ...tasteShapes(s),
    ...(s.fields !== undefined && { fusion: fusionShapes(s.fields + 1, s.embeddingSize + 1) }),
    ...(s.likes && { likes: { logScale: [], growth: [] } }),
  };
}

/** What is learned of people in general: where their tastes lie, and what their events say of them. */
export function tasteShapes({
  embeddingSize,
  levels,
}: Pick<OneClassShape, "embeddingSize" | "levels">): TasteParams<readonly number[]> {
  return {
    taste: {
      mean: [embeddingSize],
      logVariance: [embeddingSize],
      logUntouched: [],
      logConfidence: [levels],
      target: [levels],
      forgetting: [],
      logScale: [],
    },
  };
}

export interface TasteParams<T> {
  readonly taste: Readonly<
    Record<
      "mean" | "logVariance" | "logUntouched" | "logConfidence" | "target" | "forgetting" | "logScale",
      T
    >
  >;
  readonly fusion?: FusionParams<T>;
}

export interface OneClassParams<T> extends TasteParams<T> {
  readonly [key: string]: T | { readonly [key: string]: T };
  readonly id: T;
  readonly trend: Readonly<Record<"linear" | "cross" | "hidden" | "context" | "offset" | "output", T>>;
  readonly likes?: LikesParams<T>;
}

/** How much of `likesScore` counts: powers of `exp(LIKES_PACE)`, by how many likes there are. */
export type LikesParams<T> = Readonly<Record<"logScale" | "growth", T>>;

/**
 * How popular items are for this request, before anything personal: a small network of what is popular now and of what
 * is known of the request. `trends [b, n, F], context [b, C] -> [b, n]`
 */
export function popularityScore(params: OneClassParams<Tensor>, trends: Tensor, context: Tensor): Tensor {
  const { linear, cross, hidden, context: fromContext, offset, output } = params.trend;
  const weights = add(matmul(context, cross), linear);
  const shift = add(matmul(context, fromContext), offset);
  const h = tanh(add(matmul(trends, hidden), unsqueeze(shift, 1)));
  return add(matvec(trends, weights), matvec(h, output));
}

/** Support of a batch of people: features of the items, value levels, age of the events, 1 or 0 for padding. */
export interface OneClassSupport {
  /** `[..., s, d]` */
  readonly phi: Tensor;
  /** int32 `[..., s]` */
  readonly level: Tensor;
  /** `log(1 + days)` since the event. `[..., s]` */
  readonly age: Tensor;
  /** `[..., s]` */
  readonly mask: Tensor;
}

/**
 * Prior precision of a taste when *every* item counts as a weak zero: `V^-1 + w0 G`, `G = sum over items of phi phi^T`
 * (the term behind iALS, Hu, Koren and Volinsky 2008, here with a learned weight). `[n, d] -> [d, d]`
 */
export function oneClassPrecision(params: TasteParams<Tensor>, phi: Tensor): Tensor {
  const { logVariance, logUntouched } = params.taste;
  const d = logVariance.shape[0]!;
  const identity = constant(
    Float32Array.from({ length: d * d }, (_, i) => Number(i % (d + 1) === 0)),
    [d, d],
  );
  const gram = matmul(phi, phi, { transposeA: true });
  return add(mul(identity, exp(neg(logVariance))), mul(gram, exp(logUntouched)));
}

/**
 * Somebody's taste after their support: each event has a learned confidence and target by its value, and fades with a
 * learned rate. `precision [d, d]` from {@link oneClassPrecision}.
 */
export function oneClassPosterior(
  params: TasteParams<Tensor>,
  precision: Tensor,
  support: OneClassSupport,
): Posterior {
  const { mean: priorMean, logVariance, logConfidence, target, forgetting } = params.taste;
  const fading = exp(neg(mul(softplus(sub(forgetting, 3)), support.age)));
  const confidence = mul(mul(exp(gather(logConfidence, support.level)), fading), support.mask);
  const potential = mul(exp(neg(logVariance)), priorMean);
  return gaussianPosterior({
    precision,
    potential,
    phi: support.phi,
    confidence,
    target: gather(target, support.level),
  });
}

/** What is known of items. */
export interface ItemContent {
  /** Pooled content: `[n, d + 1]`, fields summed; `[n, fields, d + 1]` where gates fuse them. */
  readonly content: Tensor;
  /** 1 where a field says something of the item; where gates fuse. `[n, fields]` */
  readonly present?: Tensor;
  /** ID dropout: 0, or one over the probability of being kept; 0 or 1 where gates fuse. `[n]` */
  readonly keep: Tensor;
}

/** The fields of items, then their ID, whose part of the bias is none. `[n, fields + 1, d + 1]` */
export function itemModalities({ content, present, keep }: ItemContent, id: Tensor): Modalities {
  const own = unsqueeze(pad(id, [0, 0], [0, 1]), 1);
  const known = unsqueeze(keep, -1);
  return {
    parts: concat([content, own], 1),
    present: present === undefined ? known : concat([present, known], 1),
  };
}

/** Features of items, content plus ID embedding where it is kept, or both fused, and their bias. `[n, d], [n]` */
export function itemFeatures(
  { id, fusion }: Pick<OneClassParams<Tensor>, "id" | "fusion">,
  items: ItemContent,
): { phi: Tensor; bias: Tensor } {
  const d = id.shape[1]!;
  const whole = fusion === undefined ? items.content : fuse(fusion, itemModalities(items, id));
  const bias = squeeze(slice(whole, 1, d, d + 1), 1);
  const phi = slice(whole, 1, 0, d);
  return { phi: fusion === undefined ? add(phi, mul(id, unsqueeze(items.keep, -1))) : phi, bias };
}

/** The part of a score that is personal: `exp(scale) phi . taste`. `[n, d], [b, d] -> [b, n]` */
export function personalScore(params: TasteParams<Tensor>, phi: Tensor, taste: Tensor): Tensor {
  return mul(matmul(taste, phi, { transposeB: true }), exp(params.taste.logScale));
}

/** By how much a step of the optimiser moves the logarithm of a weight: steps are small beside how far it has to go. */
export const LIKES_PACE = 10;

/**
 * What liked items say of others directly, whatever their features: EASE's weights (`encoders/like-weights.ts`), scaled by
 * `exp(pace (scale + growth log(1 + m)))` for somebody with `m` such likes. `said [b, n], told [b] = log(1 + m) -> [b, n]`
 */
export function likesScore({ logScale, growth }: LikesParams<Tensor>, said: Tensor, told: Tensor): Tensor {
  return mul(said, unsqueeze(exp(mul(add(mul(growth, told), logScale), LIKES_PACE)), -1));
}

/** What one meta-training step of the one-class head is fed. `b` people, `n` items, `s` support events. */
export interface OneClassBatch extends ItemContent {
  /** `[b, n, F]` */
  readonly trends: Tensor;
  /** `[b, C]` */
  readonly context: Tensor;
  /** Rows of the catalogue. int32 `[b, s]` */
  readonly rows: Tensor;
  readonly level: Tensor;
  readonly age: Tensor;
  readonly mask: Tensor;
  /** 0, or a large negative number for items that are no candidates. `[b, n]` */
  readonly excluded: Tensor;
  /** Weight of each item that the person liked later, 0 elsewhere. `[b, n]` */
  readonly liked: Tensor;
  /** What their likes say of each item (`likesScore`), and `log(1 + likes)`, where the head is told. `[b, n]`, `[b]` */
  readonly said?: Tensor;
  readonly told?: Tensor;
}

/** Softmax cross-entropy over the whole catalogue of what each person liked, weighted, and the weights. `[b]` each */
export function oneClassLoss(
  params: OneClassParams<Tensor>,
  batch: OneClassBatch,
): { surprise: Tensor; weight: Tensor } {
  const { phi, bias } = itemFeatures(params, batch);
  const support = { phi: gather(phi, batch.rows), level: batch.level, age: batch.age, mask: batch.mask };
  const posterior = oneClassPosterior(params, oneClassPrecision(params, phi), support);
  const popular = popularityScore(params, batch.trends, batch.context);
  const { said, told } = batch;
  const byTaste = personalScore(params, phi, posterior.mean);
  const personal =
    params.likes && said && told ? add(byTaste, likesScore(params.likes, said, told)) : byTaste;
  const scores = add(add(popular, bias), add(personal, batch.excluded));
  return { surprise: neg(sum(mul(logSoftmax(scores), batch.liked), 1)), weight: sum(batch.liked, 1) };
}

/** Weights of the squared penalties. */
export interface OneClassPenalty {
  readonly embeddings: number;
  readonly network: number;
}

/** Squared penalties: embeddings per item, the network as a whole. */
export function oneClassPenalty(params: OneClassParams<Tensor>, weights: OneClassPenalty): Tensor {
  const { hidden, context, cross, output } = params.trend;
  const gates = params.fusion === undefined ? [] : [params.fusion.weight];
  const squares = [hidden, context, cross, output, params.taste.mean, ...gates].map((x) => sum(square(x)));
  const network = squares.reduce((a, b) => add(a, b));
  return add(
    mul(sum(square(params.id)), weights.embeddings / params.id.shape[0]!),
    mul(network, weights.network),
  );
}
