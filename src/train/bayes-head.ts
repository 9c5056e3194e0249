import { check } from "../base/errors.ts";
import type { RunContext } from "../base/progress.ts";
import { createRng } from "../base/rng.ts";
import type { Dataset } from "../data/dataset.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { type Catalogue, fitCatalogue } from "../encoders/catalogue.ts";
import { defaultLikeWeightOptions, fitLikeWeights, type LikeModel } from "../encoders/like-weights.ts";
import { defaultRatingsKnowledgeOptions, fitRatingsKnowledge } from "../encoders/ratings-knowledge.ts";
import type { ChoiceHead, LikingHead } from "../meta/bayes/bayes-head.ts";
import { oneClassBayes } from "../meta/bayes/one-class.ts";
import { ratingsBayes } from "../meta/bayes/ratings.ts";
import { defaultRatingsConfig } from "../meta/bayes/ratings-config.ts";
import type { Learner } from "../meta/learner.ts";
import { type Members, membersOf } from "../meta/members.ts";
import { noAugmentation } from "./augment-config.ts";
import { augmentationOf, extraQuery } from "./augmentation.ts";
import type { BayesHeadConfig } from "./config.ts";
import { type LoopOptions, type LoopTasks, metaTrain, type Trained } from "./loop.ts";
import { trainingStreams } from "./streams.ts";

/** What every fit of a learner is given besides its data and hyper-parameters. */
export interface FitContext {
  readonly seed: number;
  readonly validFraction: number;
  readonly context: RunContext;
  /** Names the checkpoint file of a part of the run; no checkpoints when absent. */
  readonly checkpointOf?: (part: string) => string;
}

/** What a run leaves behind besides its prior; of several members, the first one's. */
export type RunTrace = Omit<Trained<unknown>, "prior">;

/** Training likes that make an item a candidate, as in the protocol that judges the head. */
const CANDIDATE_LIKES = 5;

/** First events that a person is known by in training for lists, where they have more. */
const CHOICE_SHOTS = [0, 1, 2, 3, 4, 5, 7, 10, 20, 50, 100];
/** Steps of an epoch, about, where people are few: they are met several times, or the head would hardly have started. */
const EPOCH_STEPS = 32;

/** The catalogue of the one-class head, by attributes without the words of texts unless told; popularity comes from `train` alone. */
export function choiceCatalogue(train: Dataset, words = false): Catalogue {
  const texts = Object.entries(train.items.columns).filter(([, { kind }]) => kind === "text" && !words);
  const encoder = { minCount: 2, knots: 16, buckets: 4096, except: texts.map(([name]) => name) };
  return fitCatalogue(train, { minEvents: CANDIDATE_LIKES, atLeast: train.scale.liked, encoder });
}

/**
 * Meta-trains the head that says what somebody will choose: full-catalogue softmax on what training people liked after
 * their first events.
 *
 * @throws DATA when fewer than two items have enough likes
 */
export async function fitChoiceHead(
  train: TrainingDataset,
  model: BayesHeadConfig,
  fit: FitContext,
  catalogue: Catalogue = choiceCatalogue(train, model.words),
): Promise<{ head: ChoiceHead; trace: RunTrace }> {
  check(catalogue.warm.length >= 2, "DATA", () => ({
    where: `training on ${train.name}`,
    expected: `at least two items with ${CANDIDATE_LIKES} likes`,
    got: String(catalogue.warm.length),
  }));
  const items = new Uint8Array(train.items.ids.length);
  for (const item of catalogue.warm) items[item] = 1;
  const told = await withLikes(train, catalogue, { size: model.neighbours, ...fit.context });
  const streams = trainingStreams(train, {
    order: "time",
    query: "liked",
    shots: CHOICE_SHOTS,
    items,
    validDraws: 3,
    ...fit,
  });
  const { embeddingSize, learningRate, clipNorm, batchTasks, idDropout, fusion, modalityDropout } = model;
  const passes = Math.max(1, Math.round((EPOCH_STEPS * batchTasks) / streams.people));
  const steps = Math.ceil((streams.people * passes) / batchTasks) * model.epochs;
  const rates = { learningRate, clipNorm, batchTasks, steps, maxShots: Math.max(...CHOICE_SHOTS) };
  const config = { embeddingSize, ...rates, idDropout, fusion, modalityDropout };
  const { members, trace } = await trainMembers(
    oneClassBayes(told.catalogue, config, told.likes),
    repeated(streams, passes),
    fit,
    {
      label: "train: what to choose",
      part: "choice",
      members: model.members,
      epochs: model.epochs,
      batchTasks,
      patience: model.patience,
      ...(model.averaging > 0 ? { averaging: model.averaging } : {}),
    },
  );
  return { head: { catalogue: told.catalogue, config, ...members }, trace };
}

/** Streams whose epochs meet everybody several times. */
function repeated(streams: LoopTasks, passes: number): LoopTasks {
  if (passes === 1) return streams;
  const all = Array.from({ length: passes }, (_, pass) => pass);
  return { ...streams, sample: (rng) => all.flatMap((pass) => streams.sample(rng.split(pass))) };
}

/** The catalogue with what likes say of items, and what trains a head on them; as it is where none are wanted. */
async function withLikes(
  train: Dataset,
  catalogue: Catalogue,
  { size, progress }: RunContext & { readonly size: number },
): Promise<{ readonly catalogue: Catalogue; readonly likes?: LikeModel }> {
  if (size === 0) return { catalogue };
  const bar = progress.start("train: what is liked together", 1);
  const options = { ...defaultLikeWeightOptions, size };
  const { weights, model } = await fitLikeWeights(train, catalogue.warm, options);
  bar.finish(`${weights.rows.length} items`);
  return { catalogue: { ...catalogue, likeWeights: weights }, likes: model };
}

/** How people are asked about, as the protocol that will judge the head asks, and what suits who is met there. */
export interface LikingTasks {
  /** "random" unless told. */
  readonly order: "time" | "random";
  /** People with fewer events are not learned from; all are unless told. */
  readonly minEvents: number;
  /** Weight of the squared error of a distribution's mean beside its surprise (`ratingsLoss`); 0 unless told. */
  readonly squaredError: number;
  /** Events that content's opinion of an item's level is worth; 8 unless told. */
  readonly itemShrinkage: number;
}

/**
 * Somebody's first events, then the later ones, of items with few events as well as many. On cold people of MovieTweetings
 * the mean error of likelihood alone, and of 8, is .5 to 1.2 % larger; on MovieLens-1M neither makes a difference.
 */
export const askedInTime: LikingTasks = { order: "time", minEvents: 2, squaredError: 1, itemShrinkage: 3 };

/** Meta-trains the head that says how somebody will like what they chose. */
export async function fitLikingHead(
  train: TrainingDataset,
  model: BayesHeadConfig,
  fit: FitContext & Partial<LikingTasks>,
): Promise<{ head: LikingHead; trace: RunTrace }> {
  const { epochs, batchTasks, learningRate, embeddingSize, contentItems, point } = model.ratings;
  const options = defaultRatingsKnowledgeOptions;
  const { squaredError = defaultRatingsConfig.squaredError, itemShrinkage = options.itemShrinkage } = fit;
  const content = { ...options.content, maxItems: contentItems };
  const knowledge = await fitRatingsKnowledge(train, { ...options, content, itemShrinkage });
  const shots = [0, 1, 3, 5, 10, 20, 40, 90];
  const plain = { ...model, ...noAugmentation };
  const augmentation = await augmentationOf(train, model, {
    seed: fit.seed,
    teacher: async () => (await fitLikingHead(train, plain, withoutCheckpoints(fit))).head,
  });
  const streams = trainingStreams(train, {
    ...fit,
    ...(augmentation && { augmentation }),
    order: fit.order ?? "random",
    query: "all",
    shots,
    maxQuery: 20,
    validDraws: 2,
  });
  const steps = Math.ceil(streams.people / batchTasks) * epochs;
  const config = {
    contentSize: embeddingSize,
    learningRate,
    batchTasks,
    weightDecay: model.weightDecay,
    steps,
    squaredError,
    point,
    maxQuery: defaultRatingsConfig.maxQuery + extraQuery(model),
  };
  const learner = ratingsBayes(knowledge, train.users, config);
  const { members, trace } = await trainMembers(learner, streams, fit, {
    label: "train: how it is liked",
    part: "liking",
    members: model.ratings.members,
    epochs,
    batchTasks,
    patience: model.patience,
  });
  const tails = await learner.calibrate(membersOf(members), streams.valid);
  const head = { knowledge, users: train.users, config: { ...config, ...tails }, ...members };
  return { head, trace };
}

interface MembersOptions extends Omit<LoopOptions, "seed" | "context" | "checkpoint"> {
  /** Names the checkpoint of the first member; those of others have their number behind it. */
  readonly part: string;
  readonly members: number;
}

/** Meta-trains the members of a head, one after another; the first is what there would be alone. */
async function trainMembers<Prior, Fitted, State>(
  learner: Learner<Prior, Fitted, State>,
  streams: LoopTasks,
  fit: FitContext,
  { label, part, members, ...loop }: MembersOptions,
): Promise<{ members: Members<Prior>; trace: RunTrace }> {
  const { prior, ...trace } = await metaTrain(learner, streams, {
    ...loop,
    ...loopOptions(label, part, fit),
  });
  const others: Prior[] = [];
  for (let member = 2; member <= members; member++) {
    const own = { ...fit, seed: memberSeed(fit.seed, member) };
    const options = loopOptions(`${label}, member ${member}`, `${part}-${member}`, own);
    others.push((await metaTrain(learner, streams, { ...loop, ...options })).prior);
  }
  return { members: { prior, ...(others.length > 0 && { others }) }, trace };
}

/** Members differ in where they start and in the order of what they see; all are stopped by the same people. */
function memberSeed(seed: number, member: number): number {
  return createRng(seed)
    .split(`member ${member}`)
    .int(2 ** 31);
}

/** A teacher's run keeps none: its files would be taken for the learner's. */
function withoutCheckpoints<F extends FitContext>({ checkpointOf: _, ...fit }: F): Omit<F, "checkpointOf"> {
  return fit;
}

function loopOptions(
  label: string,
  part: string,
  { seed, context, checkpointOf }: FitContext,
): { label: string; seed: number; context: RunContext; checkpoint?: string } {
  const checkpoint = checkpointOf?.(part);
  return { label, seed, context, ...(checkpoint === undefined ? {} : { checkpoint }) };
}
