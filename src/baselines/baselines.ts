import { check } from "../base/errors.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { easeDefaults, fitEase } from "./ease.ts";
import { fitItemKnn, itemKnnDefaults } from "./item-knn.ts";
import { fitItemMean, itemMeanDefaults } from "./item-mean.ts";
import { fitItemUserBias, itemUserBiasDefaults } from "./item-user-bias.ts";
import { fitMatrixFactorisation, matrixFactorisationDefaults } from "./matrix-factorisation.ts";
import { fitPopularity } from "./popularity.ts";
import { fitRecentPopularity, recentPopularityDefaults } from "./recent-popularity.ts";

/** Settings of a baseline by name. */
export type BaselineConfig = Readonly<Record<string, number>>;

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
   * @throws CONFIG on a setting the method does not have, DATA when there is nothing to fit on
   */
  fit(train: Dataset, config?: BaselineConfig): Ranker;
}

/** All baselines, simplest first. */
export const baselines: readonly Baseline[] = [
  row("popularity", "Popularity", {}, fitPopularity),
  row("recent-popularity", "Recent popularity", { ...recentPopularityDefaults }, fitRecentPopularity),
  row("item-mean", "Item mean", { ...itemMeanDefaults }, fitItemMean),
  row("item-user-bias", "Item + user bias", { ...itemUserBiasDefaults }, fitItemUserBias),
  row("item-knn", "Item kNN", { ...itemKnnDefaults }, fitItemKnn),
  row("ease", "EASE", { ...easeDefaults }, fitEase),
  row("matrix-factorisation", "Biased MF", { ...matrixFactorisationDefaults }, fitMatrixFactorisation),
];

function row<C extends BaselineConfig>(
  name: string,
  title: string,
  defaults: C,
  fitWith: (train: Dataset, config: C) => Ranker,
  space: Space = {},
): Baseline {
  const fit = (train: Dataset, config: BaselineConfig = {}): Ranker => {
    for (const key of Object.keys(config)) {
      check(Object.hasOwn(defaults, key), "CONFIG", () => ({
        where: `${name}.${key}`,
        expected: `one of ${Object.keys(defaults).join(", ") || "no settings"}`,
        got: `"${key}"`,
      }));
    }
    return fitWith(train, { ...defaults, ...config });
  };
  return { name, title, defaults, space, fit };
}
