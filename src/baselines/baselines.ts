import { check } from "../base/errors.ts";
import type { RunContext } from "../base/progress.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { bprDefaults, bprSpace, fitBpr } from "./bpr.ts";
import { contentKnnDefaults, contentKnnSpace, fitContentKnn } from "./content-knn.ts";
import { easeDefaults, easeSpace, fitEase } from "./ease.ts";
import { featuresDefaults, featuresSpace, fitFeatures } from "./features.ts";
import { fitIals, ialsDefaults, ialsSpace } from "./ials.ts";
import { fitItemKnn, itemKnnDefaults, itemKnnSpace } from "./item-knn.ts";
import { fitItemMean, itemMeanDefaults } from "./item-mean.ts";
import { fitItemUserBias, itemUserBiasDefaults } from "./item-user-bias.ts";
import {
  fitMatrixFactorisation,
  matrixFactorisationDefaults,
  matrixFactorisationSpace,
} from "./matrix-factorisation.ts";
import { fitPopularity } from "./popularity.ts";
import { fitRandomWalk, randomWalkDefaults, randomWalkSpace } from "./random-walk.ts";
import { fitRecentPopularity, recentPopularityDefaults } from "./recent-popularity.ts";
import { fitUserKnn, userKnnDefaults, userKnnSpace } from "./user-knn.ts";

/** Settings of a baseline by name. */
export type BaselineConfig = Readonly<Record<string, number>>;

/** What a fit may use beside the data: who hears of its progress, who may stop it, how many threads it gets (1). */
export interface BaselineContext extends RunContext {
  readonly threads?: number;
}

/** A method that a meta-learner must beat. */
export interface Baseline {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Every setting with its tuned value. */
  readonly defaults: BaselineConfig;
  /** The settings worth searching. */
  readonly space: Space;
  /**
   * Fits on training data alone; `config` replaces some of the defaults.
   *
   * @throws CONFIG on a setting the method does not have, DATA when there is nothing to fit on, CANCELLED
   */
  fit(train: Dataset, config?: BaselineConfig, context?: BaselineContext): Promise<Ranker>;
}

const shrinkages: Space = {
  itemShrinkage: { kind: "number", low: 0.5, high: 30, log: true },
  userShrinkage: { kind: "number", low: 0.5, high: 30, log: true },
};
const recency: Space = {
  days: { kind: "number", low: 1, high: 60, log: true },
  allTime: { kind: "number", low: 0.001, high: 1, log: true },
};

/** All baselines, simplest first. */
export const baselines: readonly Baseline[] = [
  row("popularity", "Popularity", {}, {}, fitPopularity),
  row(
    "recent-popularity",
    "Recent popularity",
    { ...recentPopularityDefaults },
    recency,
    fitRecentPopularity,
  ),
  row("item-mean", "Item mean", { ...itemMeanDefaults }, only(shrinkages, "itemShrinkage"), fitItemMean),
  row("item-user-bias", "Item + user bias", { ...itemUserBiasDefaults }, shrinkages, fitItemUserBias),
  row("content-knn", "Content kNN", { ...contentKnnDefaults }, contentKnnSpace, fitContentKnn),
  row("user-knn", "User kNN", { ...userKnnDefaults }, userKnnSpace, fitUserKnn),
  row("item-knn", "Item kNN", { ...itemKnnDefaults }, itemKnnSpace, fitItemKnn),
  row("random-walk", "Random walk", { ...randomWalkDefaults }, randomWalkSpace, fitRandomWalk),
  row("ease", "EASE", { ...easeDefaults }, easeSpace, fitEase),
  row(
    "matrix-factorisation",
    "Biased MF",
    { ...matrixFactorisationDefaults },
    matrixFactorisationSpace,
    fitMatrixFactorisation,
  ),
  row("ials", "iALS", { ...ialsDefaults }, ialsSpace, fitIals),
  row("bpr", "BPR", { ...bprDefaults }, bprSpace, fitBpr),
  row("features", "Feature factorisation", { ...featuresDefaults }, featuresSpace, fitFeatures),
];

type Fit<C> = (train: Dataset, config: C, context?: BaselineContext) => Ranker | Promise<Ranker>;

function row<C extends BaselineConfig>(
  name: string,
  title: string,
  ...[defaults, space, fitWith]: [defaults: C, space: Space, fitWith: Fit<C>]
): Baseline {
  const fit = async (
    train: Dataset,
    config: BaselineConfig = {},
    context?: BaselineContext,
  ): Promise<Ranker> => {
    for (const key of Object.keys(config)) {
      check(Object.hasOwn(defaults, key), "CONFIG", () => ({
        where: `${name}.${key}`,
        expected: `one of ${Object.keys(defaults).join(", ") || "no settings"}`,
        got: `"${key}"`,
      }));
    }
    return fitWith(train, { ...defaults, ...config }, context);
  };
  return { name, title, defaults, space, fit };
}

function only(space: Space, name: string): Space {
  return Object.fromEntries(Object.entries(space).filter(([key]) => key === name));
}
