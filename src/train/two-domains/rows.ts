import type { Settings, Space } from "../../base/settings.ts";
import type { Ranker } from "../../data/query.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";
import type { FitContext } from "../bayes-head.ts";
import { domainMixtureDefaults, domainMixtureSpace, fitDomainMixture } from "./domain-mixture.ts";
import {
  emcdrDefaults,
  emcdrSpace,
  fitEmcdrSystem,
  fitPtupcdrSystem,
  ptupcdrDefaults,
  ptupcdrSpace,
} from "./embedding-maps.ts";

/** A system for people who have a history in another domain only. */
export interface TwoDomainRow {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Where it comes from. */
  readonly source: string;
  readonly isBaseline: boolean;
  readonly settings: Settings;
  readonly space: Space;
  /** @throws CONFIG when the items do not tell two domains apart, DATA when nobody uses both, CANCELLED */
  fit(train: TrainingDataset, settings: Settings, fit: FitContext): Promise<Ranker>;
}

export const twoDomainRows: readonly TwoDomainRow[] = [
  {
    name: "emcdr",
    title: "EMCDR",
    source: "a map of people's vectors (Man et al. 2017)",
    isBaseline: true,
    settings: { ...emcdrDefaults },
    space: emcdrSpace,
    fit: fitEmcdrSystem,
  },
  {
    name: "ptupcdr",
    title: "PTUPCDR",
    source: "a map for each person (Zhu et al. 2022)",
    isBaseline: true,
    settings: { ...ptupcdrDefaults },
    space: ptupcdrSpace,
    fit: fitPtupcdrSystem,
  },
  {
    name: "domain-mixture",
    title: "Domain mixture",
    source: "kernel ridge regressions on people of both",
    isBaseline: false,
    settings: { ...domainMixtureDefaults },
    space: domainMixtureSpace,
    fit: fitDomainMixture,
  },
];
