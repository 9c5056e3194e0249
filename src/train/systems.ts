import { ForetasteError } from "../base/errors.ts";
import { nearest } from "../base/schema.ts";
import type { Settings, Space } from "../base/settings.ts";
import { type Baseline, type BaselineConfig, baselines } from "../baselines/baselines.ts";
import type { Ranker } from "../data/query.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import type { ProtocolData } from "../evaluate/protocols/protocols.ts";
import { type BayesHeadParts, bayesHead, likingRanker } from "../meta/bayes/bayes-head.ts";
import { type NetworkParts, networkRanker } from "../meta/network/parts.ts";
import { clicksSettings, clicksSpace, fitClicks } from "./bayes-clicks.ts";
import { askedInTime, type FitContext, fitChoiceHead, fitLikingHead, type RunTrace } from "./bayes-head.ts";
import {
  type BayesHeadConfig,
  defaultConfig,
  isBayesHead,
  type ModelConfig,
  parseTrainConfig,
} from "./config.ts";
import { contentRankerDefaults, contentRankerSpace, fitContentRanker } from "./content-prior.ts";
import { ensembleSettings, fitEnsemble } from "./ensemble.ts";
import { fitNetwork } from "./network-fit.ts";
import { type NetworkModelConfig, type NetworkRow, networkRows } from "./networks.ts";
import { checkSettings, flattenSettings, nestSettings } from "./settings.ts";
import { type TwoDomainRow, twoDomainRows } from "./two-domains/rows.ts";

/** What systems will be asked: to rank a whole catalogue, or to rate the items of a query set. */
export type Purpose = "full" | "query set";

export interface FitOptions extends FitContext {
  readonly purpose: Purpose;
  /** Hyper-parameters where they are not the defaults; of a learner's own kind. */
  readonly model?: ModelConfig;
  /** Replaces some of the system's settings. */
  readonly settings?: Settings;
}

/** A system fitted on training data. */
export interface FittedSystem {
  readonly ranker: Ranker;
  /** What meta-training did, a part each; empty for baselines. */
  readonly traces: Readonly<Record<string, RunTrace>>;
  /** What is to be saved, for those that can be. */
  readonly parts?: SavedParts;
}

export type SavedParts =
  | ({ readonly kind: "bayes-head" } & BayesHeadParts)
  | ({ readonly kind: "network" } & NetworkParts);

/** One way to make a ranker from training data. */
export interface System {
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly isBaseline: boolean;
  /** Every setting with its default; `fit` refuses others. */
  readonly settings: Settings;
  /** The settings worth searching. */
  readonly space: Space;
  /** Those of them that matter for a purpose, where not all do. */
  spaceFor?(purpose: Purpose): Space;
  /** The purposes it is made for; any unless told. */
  readonly only?: readonly Purpose[];
  /** The data it is made for; any unless told. */
  readonly data?: ProtocolData["kind"];
  /** Fits on training data alone. @throws as the loop and the fits do */
  fit(train: TrainingDataset, options: FitOptions): Promise<FittedSystem>;
}

/** Every system by name: the baselines first, simplest first. */
export const systems: readonly System[] = [
  ...baselines.map(asSystem),
  ...networkRows.map(asNetworkSystem),
  ...twoDomainRows.map(asTwoDomainSystem),
  {
    name: "bayes-head",
    title: "Bayes head",
    isBaseline: false,
    settings: settingsOf(defaultConfig.models["bayes-head"]),
    space: bayesHeadSpace("full"),
    spaceFor: bayesHeadSpace,
    fit: fitBayesHead,
  },
  {
    name: "content-prior",
    title: "Content prior",
    isBaseline: false,
    settings: contentRankerDefaults,
    space: contentRankerSpace,
    only: ["full"],
    fit: async (train, { settings = {} }) => {
      checkSettings("content-prior", settings, contentRankerDefaults);
      return { ranker: await fitContentRanker(train, settings), traces: {} };
    },
  },
  {
    name: "bayes-clicks",
    title: "Bayes head (clicks)",
    isBaseline: false,
    settings: clicksSettings,
    space: clicksSpace,
    fit: fitClicksHead,
  },
  {
    name: "ensemble",
    title: "Ensemble",
    isBaseline: false,
    settings: ensembleSettings,
    space: {},
    fit: fitStacked,
  },
];

/** A model's hyper-parameters as flat settings. */
function settingsOf({ kind: _, ...config }: ModelConfig): Settings {
  return flattenSettings(config);
}

/** On a query set the ratings head works alone. */
function bayesHeadSpace(purpose: Purpose): Space {
  if (purpose === "full") {
    return {
      embeddingSize: { kind: "integer", low: 16, high: 128, log: true },
      epochs: { kind: "integer", low: 3, high: 30, log: true },
      learningRate: { kind: "number", low: 0.0005, high: 0.02, log: true },
      batchTasks: { kind: "choice", of: [64, 128, 256] },
      idDropout: { kind: "number", low: 0, high: 0.9 },
      fusion: { kind: "choice", of: ["sum", "gate"] },
      modalityDropout: { kind: "number", low: 0, high: 0.5 },
      words: { kind: "choice", of: [false, true] },
      neighbours: { kind: "choice", of: [0, 64, 256] },
      averaging: { kind: "choice", of: [0, 0.97, 0.99, 0.997] },
    };
  }
  return {
    weightDecay: { kind: "number", low: 0.0001, high: 1, log: true },
    "ratings.embeddingSize": { kind: "integer", low: 4, high: 64, log: true },
    "ratings.epochs": { kind: "integer", low: 4, high: 40, log: true },
    "ratings.learningRate": { kind: "number", low: 0.0003, high: 0.02, log: true },
    "ratings.batchTasks": { kind: "choice", of: [16, 32, 64, 128] },
  };
}

/** @throws NOT_FOUND when there is none of that name */
export function systemNamed(name: string): System {
  const found = systems.find((system) => system.name === name);
  if (found !== undefined) return found;
  const names = systems.map((system) => system.name);
  const near = nearest(name, names);
  throw new ForetasteError("NOT_FOUND", {
    where: "system",
    expected: `one of ${names.join(", ")}`,
    got: `"${name}"`,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

function asSystem(baseline: Baseline): System {
  const { name, title } = baseline;
  return {
    name,
    title,
    isBaseline: true,
    settings: baseline.defaults,
    space: baseline.space,
    fit: async (train, { settings = {}, context }) => ({
      ranker: await baseline.fit(train, settings as BaselineConfig, context),
      traces: {},
    }),
  };
}

function asNetworkSystem({ name, title, model, space }: NetworkRow): System {
  const settings = settingsOf(model);
  return {
    name,
    title,
    // A plain network learns what the tasks have in common, and nothing of how to learn.
    isBaseline: model.method === "none",
    settings,
    space,
    async fit(train, options) {
      const given = options.model?.kind === name ? settingsOf(options.model) : settings;
      const all = { ...given, ...checkSettings(name, options.settings ?? {}, settings) };
      const { model: checked } = parseTrainConfig({ model: { kind: name, ...all } }, "settings");
      const { parts, trace } = await fitNetwork(train, checked as NetworkModelConfig, options);
      return {
        ranker: { ...networkRanker(parts), name: title },
        traces: { [name]: trace },
        parts: { kind: "network", ...parts },
      };
    },
  };
}

function asTwoDomainSystem({ fit, ...row }: TwoDomainRow): System {
  const fitChecked: System["fit"] = async (train, options) => {
    const settings = checkSettings(row.name, options.settings ?? {}, row.settings);
    return { ranker: { ...(await fit(train, settings, options)), name: row.title }, traces: {} };
  };
  return { ...row, only: ["full"], data: "two domains", fit: fitChecked };
}

/** Ratings that whoever is judged on a query set has at least (MeLU's protocol). */
const QUERY_SET_EVENTS = 13;

/** On a query set the ratings head alone is asked, for what to choose is settled there. */
async function fitBayesHead(train: TrainingDataset, options: FitOptions): Promise<FittedSystem> {
  const given = bayesHeadConfig(options);
  if (options.purpose === "query set") return fitLikingAlone(train, given, options);
  const choice = await fitChoiceHead(train, given, options);
  const liking = await fitLikingHead(train, given, { ...options, ...askedInTime });
  const parts = { choice: choice.head, liking: liking.head };
  const traces = { choice: choice.trace, liking: liking.trace };
  return { ranker: bayesHead(parts), traces, parts: { kind: "bayes-head", ...parts } };
}

/** @throws CONFIG for a setting it does not have, or out of its range */
function bayesHeadConfig({ model, settings = {} }: FitOptions): BayesHeadConfig {
  const base = model !== undefined && isBayesHead(model) ? model : defaultConfig.models["bayes-head"];
  const all = { ...settingsOf(base), ...checkSettings(base.kind, settings, settingsOf(base)) };
  const config = parseTrainConfig({ model: { kind: base.kind, ...nestSettings(all) } }, "settings");
  return config.model as BayesHeadConfig;
}

/** Asked as the protocol will ask: on a query set about anything, in a whole catalogue about what comes later. */
async function fitClicksHead(train: TrainingDataset, options: FitOptions): Promise<FittedSystem> {
  const { settings = {}, purpose } = options;
  const { order, minEvents } =
    purpose === "full" ? askedInTime : { order: "random" as const, minEvents: QUERY_SET_EVENTS };
  const { ranker, trace } = await fitClicks(train, settings, { ...options, order, minEvents });
  return { ranker, traces: { clicks: trace } };
}

/** Members are fitted with their own defaults, and keep no checkpoints. */
async function fitStacked(train: TrainingDataset, options: FitOptions): Promise<FittedSystem> {
  const { purpose, seed, validFraction, context, settings = {} } = options;
  const fitMember = async (name: string, on: TrainingDataset): Promise<Ranker> =>
    (await systemNamed(name).fit(on, { purpose, seed, validFraction, context })).ranker;
  const { ranker } = await fitEnsemble(train, settings, { purpose, seed, fitMember });
  return { ranker, traces: {} };
}

async function fitLikingAlone(
  train: TrainingDataset,
  model: BayesHeadConfig,
  options: FitOptions,
): Promise<FittedSystem> {
  const { head, trace } = await fitLikingHead(train, model, { ...options, minEvents: QUERY_SET_EVENTS });
  return { ranker: likingRanker(head), traces: { liking: trace } };
}
