import type { History, Ranker } from "../data/query.ts";
import { itemCounts } from "../data/splits/interactions.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { type LikingHead, likingRanker } from "../meta/bayes/bayes-head.ts";
import { syntheticUsers } from "../meta/bayes/synthetic-users.ts";
import { type MixPeople, mixPeople } from "../tasks/augment/mix.ts";
import { addPseudoLabels } from "../tasks/augment/pseudo.ts";
import { maskItems, subsampleSupport } from "../tasks/augment/support.ts";
import type { TaskTransform } from "../tasks/augment/transform.ts";
import { classWeights, defaultClip, popularityWeights, weighQuery } from "../tasks/augment/weights.ts";
import type { AugmentConfig } from "./augment-config.ts";
import { pseudoLabels } from "./pseudo-labels.ts";
import type { Augmentation } from "./streams.ts";

export interface AugmentOptions {
  readonly seed: number;
  /** Fits the Bayes head that some of it needs; asked at most once, and only then. */
  teacher(): Promise<LikingHead>;
}

/** Unlabelled pairs a teacher is asked about for each label that is to be added. */
const ASKED = 8;
/** Events of a synthetic person. */
const EVENTS = 60;

/**
 * Makes what a configuration asks for; undefined when that is nothing.
 *
 * @example const augmentation = await augmentationOf(train, { ...noAugmentation, augmentMask: 0.1 }, { seed: 1, teacher });
 */
export async function augmentationOf(
  train: TrainingDataset,
  config: AugmentConfig,
  options: AugmentOptions,
): Promise<Augmentation | undefined> {
  const head = needsTeacher(config) ? await options.teacher() : undefined;
  const labels =
    head !== undefined && config.pseudoLabels > 0
      ? await labelsOf(likingRanker(head), train, { config, seed: options.seed })
      : undefined;
  const ratio = config.syntheticUsers;
  const people = Math.ceil(ratio * train.warmUsers.length);
  const pool =
    head !== undefined && ratio > 0
      ? await syntheticUsers(head, { people, events: EVENTS, seed: options.seed })
      : undefined;
  const fixed = fixedTransforms(train, config, labels);
  if (fixed.length === 0 && config.augmentMix === 0 && pool === undefined) return undefined;
  return {
    transforms: (world) => [...mixing(world, config), ...fixed],
    ...(pool && { invented: { pool, ratio } }),
  };
}

/** Room that a learner needs in its query beside what it samples. */
export function extraQuery({ pseudoLabels: added }: Pick<AugmentConfig, "pseudoLabels">): number {
  return added;
}

function needsTeacher(config: AugmentConfig): boolean {
  return config.pseudoLabels > 0 || config.syntheticUsers > 0;
}

function labelsOf(
  teacher: Ranker,
  train: TrainingDataset,
  { config, seed }: { readonly config: AugmentConfig; readonly seed: number },
): Promise<ReadonlyMap<number, History>> {
  const { pseudoLabels: count, pseudoConfidence: confidence } = config;
  return pseudoLabels(teacher, train, { asked: ASKED * count, confidence, seed });
}

type Labelled = readonly [label: string, transform: TaskTransform];

function mixing(world: MixPeople, { augmentMix }: AugmentConfig): readonly Labelled[] {
  return augmentMix > 0 ? [["mix", mixPeople(augmentMix, world)]] : [];
}

function fixedTransforms(
  train: TrainingDataset,
  config: AugmentConfig,
  labels: ReadonlyMap<number, History> | undefined,
): readonly Labelled[] {
  const out: Labelled[] = [];
  if (config.augmentSubsample > 0) out.push(["subsample", subsampleSupport(config.augmentSubsample)]);
  const weights = weighing(train, config);
  if (weights !== undefined) out.push(["weigh", weights]);
  if (labels !== undefined) {
    const options = { count: config.pseudoLabels, weight: config.pseudoWeight };
    out.push(["pseudo", addPseudoLabels(labels, options)]);
  }
  if (config.augmentMask > 0) out.push(["mask", maskItems(config.augmentMask)]);
  return out;
}

function weighing(train: TrainingDataset, config: AugmentConfig): TaskTransform | undefined {
  if (config.popularityWeights === 0 && config.classWeights === 0) return undefined;
  const counts = itemCounts(train.interactions, train.items.ids.length);
  const ofItem = popularityWeights(counts, { power: config.popularityWeights, clip: defaultClip });
  const ofValue = classWeights(train.interactions.value, { power: config.classWeights, clip: defaultClip });
  return weighQuery((item, value) => ofItem[item]! * ofValue(value));
}
