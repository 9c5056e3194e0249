import picocolors from "picocolors";
import { type Clock, systemClock } from "../../base/clock.ts";
import { check, ForetasteError } from "../../base/errors.ts";
import type { Protocol } from "../../evaluate/protocols/protocol.ts";
import type { BayesHeadParts } from "../../meta/bayes/bayes-head.ts";
import { bayesRecommender } from "../../serve/bayes-recommender.ts";
import { type Judged, judge, type Quality, qualityOf } from "../../train/compare.ts";
import { defaultConfig, type ModelConfig, parseTrainConfig, type TrainConfig } from "../../train/config.ts";
import { type DemoData, demoData } from "../../train/demo-data.ts";
import { splitFor } from "../../train/prepare.ts";
import { judgedBy, saveFitted } from "../../train/run-training.ts";
import { type FittedSystem, systemNamed } from "../../train/systems.ts";
import type { DemoOptions, PrintingContext, Report } from "../engine.ts";
import { qualityTables } from "../reports/quality-table.ts";
import { meetStranger } from "./stranger.ts";
import { aboutData, aboutSplit, nextCommands, verdict } from "./words.ts";

/** What the table compares, from top to bottom; the last one is what is saved. */
const compared = [
  "popularity",
  "recent-popularity",
  "item-mean",
  "item-user-bias",
  "item-knn",
  "matrix-factorisation",
  "maml",
  "bayes-head",
];

/** Small models and few passes, to be done in a minute; more passes where there are fewer people. */
function demoModels(people: number): { readonly maml: ModelConfig; readonly "bayes-head": ModelConfig } {
  const head = defaultConfig.models["bayes-head"];
  const epochs = Math.min(30, Math.max(8, Math.round(72_000 / people)));
  const few = Math.ceil(epochs / 4);
  const ratings = { ...head.ratings, epochs: few, contentItems: 1024 };
  return {
    maml: parseTrainConfig({ model: { kind: "maml", embeddingSize: 8, epochs: few, innerSteps: 3 } }, "demo")
      .model,
    "bayes-head": { ...head, epochs, weightDecay: 0.1, ratings },
  };
}

/**
 * The whole path: read, meta-train, compare, recommend to somebody unseen, save.
 *
 * @throws as reading, fitting and saving do
 */
export async function runDemo(
  options: DemoOptions,
  ctx: PrintingContext,
  clock: Clock = systemClock,
): Promise<Report> {
  const started = clock.now();
  const colours = picocolors.createColors(ctx.colours);
  const data = await demoData(options.data, ctx);
  ctx.print(aboutData(data, colours));
  const { config, protocol } = configure(options, data);
  ctx.print(aboutSplit(protocol, config));
  const { quality, head } = await compareAll({ ctx, protocol, config });
  ctx.print(`\n${qualityTables(quality, colours)}\n\n${verdict(quality)}`);
  const { seed, models } = options;
  const model = bayesRecommender(partsOf(head), "demo");
  const stranger = await meetStranger(model, { protocol, data, colours, seed });
  ctx.print(`\n${stranger.text}`);
  const rows = quality.rows.filter(({ system }) => system === systemNamed("bayes-head").title);
  const saved = await saveFitted(head, { config, prepared: data, quality: rows, now: clock.now() });
  const seconds = (clock.now() - started) / 1000;
  ctx.print(`\n${nextCommands({ saved, models, titles: stranger.titles, seconds }, colours)}`);
  const { name, hash, synthetic } = data.dataset;
  const dataset = { name, hash, synthetic, source: data.source };
  return { text: "", data: { dataset, config, quality, stranger: stranger.data, model: saved, seconds } };
}

function configure(
  { seed, models: output }: DemoOptions,
  data: DemoData,
): { readonly config: TrainConfig; readonly protocol: Protocol } {
  const { models: _, ...rest } = defaultConfig;
  const before = { ...rest, seed, output, data: data.config };
  const { protocol } = splitFor(data.dataset, before);
  check(protocol !== undefined, "DATA", () => ({
    where: "demo",
    expected: "events with times",
    got: "none",
  }));
  const model = demoModels(protocol.train.warmUsers.length)["bayes-head"];
  return { config: { ...before, model }, protocol };
}

interface Scene {
  readonly ctx: PrintingContext;
  readonly protocol: Protocol;
  readonly config: TrainConfig;
}

async function compareAll({
  ctx,
  protocol,
  config,
}: Scene): Promise<{ quality: Quality; head: FittedSystem }> {
  const { seed, split } = config;
  const options = { metrics: judgedBy, seed, context: ctx };
  const models: Readonly<Record<string, ModelConfig>> = demoModels(protocol.train.warmUsers.length);
  const judged: Judged[] = [];
  let last: FittedSystem | undefined;
  for (const name of compared) {
    const system = systemNamed(name);
    const fit = { purpose: "full", seed, validFraction: split.validFraction, context: ctx } as const;
    const model = models[name];
    last = await system.fit(protocol.train, model === undefined ? fit : { ...fit, model });
    judged.push(await judge({ ...system, ranker: last.ranker }, protocol, options));
  }
  if (last === undefined) throw nothing();
  return { quality: qualityOf(judged, options), head: last };
}

function partsOf({ parts }: FittedSystem): BayesHeadParts {
  if (parts?.kind === "bayes-head") return parts;
  throw nothing();
}

function nothing(): ForetasteError {
  return new ForetasteError("INTERNAL", { where: "demo", expected: "a Bayes head", got: "another system" });
}
