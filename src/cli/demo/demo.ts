import { relative } from "node:path";
import picocolors from "picocolors";
import { systemClock } from "../../base/clock.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Protocol } from "../../evaluate/protocols/protocol.ts";
import { bayesRecommender } from "../../serve/bayes-recommender.ts";
import { type Judged, judge, type Quality, qualityOf } from "../../train/compare.ts";
import { defaultConfig, type ModelConfig, type TrainConfig } from "../../train/config.ts";
import { type DemoData, demoData } from "../../train/demo-data.ts";
import { splitFor } from "../../train/prepare.ts";
import { judgedBy, saveFitted } from "../../train/run-training.ts";
import { type FittedSystem, systemNamed } from "../../train/systems.ts";
import type { Colours } from "../colours.ts";
import type { DemoOptions, PrintingContext, Report } from "../engine.ts";
import { qualityTables } from "../reports/quality-table.ts";
import { meetStranger } from "./stranger.ts";

/** What the table compares, from top to bottom; the last one is what is saved. */
const compared: readonly { readonly name: string; readonly model?: ModelConfig }[] = [
  { name: "popularity" },
  { name: "recent-popularity" },
  { name: "item-mean" },
  { name: "item-user-bias" },
  { name: "item-knn" },
  { name: "matrix-factorisation" },
  { name: "maml", model: { ...defaultConfig.models.maml, embeddingSize: 8, epochs: 2, innerSteps: 3 } },
  {
    name: "bayes-head",
    model: {
      ...defaultConfig.models["bayes-head"],
      epochs: 8,
      weightDecay: 0.1,
      ratings: { ...defaultConfig.models["bayes-head"].ratings, epochs: 2, contentItems: 1024 },
    },
  },
];

interface Scene {
  readonly options: DemoOptions;
  readonly ctx: PrintingContext;
  readonly colours: Colours;
  readonly data: DemoData;
  readonly protocol: Protocol;
  readonly config: TrainConfig;
}

/** The whole path: read, meta-train, compare, recommend to somebody unseen, save. */
export async function runDemo(options: DemoOptions, ctx: PrintingContext): Promise<Report> {
  const started = systemClock.now();
  const data = await demoData(options.data, ctx);
  const colours = picocolors.createColors(ctx.colours);
  ctx.print(firstLines(data, colours));
  const { models: _, ...rest } = defaultConfig;
  const model = compared.at(-1)?.model ?? defaultConfig.models["bayes-head"];
  const config: TrainConfig = {
    ...rest,
    model,
    seed: options.seed,
    output: options.models,
    data: data.config,
  };
  const { protocol } = splitFor(data.dataset, config);
  if (protocol === undefined) throw new Error("the data of the demo has times");
  const scene: Scene = { options, ctx, colours, data, protocol, config };
  ctx.print(splitLines(scene));
  const { quality, head } = await compareAll(scene);
  ctx.print(`\n${qualityTables(quality, colours)}\n\n${verdict(quality)}`);
  const stranger = await meetStranger(bayesRecommender(partsOf(head), "demo"), {
    ...scene,
    seed: options.seed,
  });
  ctx.print(`\n${stranger.text}`);
  const saved = await saveFitted(head, {
    config,
    prepared: data,
    quality: ofHead(quality),
    now: systemClock.now(),
  });
  const seconds = (systemClock.now() - started) / 1000;
  ctx.print(`\n${nextLines(saved, stranger.titles, { options, seconds, colours })}`);
  const { dataset, source } = data;
  const { name, hash, synthetic } = dataset;
  return {
    text: "",
    data: {
      dataset: { name, hash, synthetic, source },
      config,
      quality,
      stranger: stranger.data,
      model: saved,
      seconds,
    },
  };
}

type HeadParts = Parameters<typeof bayesRecommender>[0];

function partsOf({ parts }: FittedSystem): HeadParts {
  if (parts?.kind !== "bayes-head") throw new Error("the demo ends with the Bayes head");
  return parts;
}

function ofHead({ rows }: Quality): Quality["rows"] {
  return rows.filter(({ system }) => system === systemNamed("bayes-head").title);
}

async function compareAll({
  ctx,
  protocol,
  config,
}: Scene): Promise<{ quality: Quality; head: FittedSystem }> {
  const options = { metrics: judgedBy, seed: config.seed, context: ctx };
  const fit = {
    purpose: "full",
    seed: config.seed,
    validFraction: config.split.validFraction,
    context: ctx,
  } as const;
  const judged: Judged[] = [];
  let head: FittedSystem | undefined;
  for (const { name, model } of compared) {
    const system = systemNamed(name);
    head = await system.fit(protocol.train, { ...fit, ...(model === undefined ? {} : { model }) });
    judged.push(await judge({ ...system, ranker: head.ranker }, protocol, options));
  }
  return { quality: qualityOf(judged, options), head: head as FittedSystem };
}

function firstLines({ dataset, source }: DemoData, { bold, yellow }: Colours): string {
  const { users, items, interactions, synthetic } = dataset;
  const sizes = `${count(interactions.value.length)} ratings by ${count(users.ids.length)} people of ${count(items.ids.length)} films`;
  if (synthetic)
    return `${yellow(bold("Synthetic world"))} (${source}): ${sizes}. Its numbers say nothing about real people.`;
  return `${bold("MovieTweetings 100K")} (${source}): ${sizes}.`;
}

function splitLines({ protocol, data, config }: Scene): string {
  const cold = Math.round(config.split.coldFraction * 100);
  const training = count(protocol.train.warmUsers.length);
  return `${cold} % of the people, chosen by seed ${config.seed}, stay unseen; ${training} people to learn from. Candidates: ${count(candidatesOf(protocol))} films with 5 likes. ${scaleOf(data.dataset)}`;
}

function candidatesOf({ groups }: Protocol): number {
  return groups[0]?.cases[0]?.candidates.length ?? 0;
}

function scaleOf({ scale }: Dataset): string {
  return `Ratings ${scale.min} to ${scale.max}, liked from ${scale.liked}.`;
}

/** In one sentence, where the head stands; truthfully. */
function verdict({ comparisons }: Quality): string {
  const ours = comparisons.filter(
    ({ metric, system }) => metric === judgedBy[0]?.name && system === systemNamed("bayes-head").title,
  );
  const says = ours.map(({ shots, baseline, mean, star }) => {
    const [more, sure] = [mean > 0 ? "above" : "below", star ? "beyond chance" : "within chance"];
    return `${shots}: ${Math.abs(mean).toFixed(3)} ${more} ${baseline}, ${mean > 0 ? sure : "not better"}`;
  });
  return `Bayes head against the best baseline, by shots: ${says.join("; ")}.`;
}

interface Ending {
  readonly options: DemoOptions;
  readonly seconds: number;
  readonly colours: Colours;
}

function nextLines(saved: string, titles: readonly string[], { options, seconds, colours }: Ending): string {
  const models = options.models === defaultConfig.output ? "" : ` --models ${quoted(options.models)}`;
  const likes = titles.slice(0, 2).map((title) => ` --like ${quoted(title)}`);
  const commands = [
    ["recommend", `${models}`, "type films you liked, get ten and why"],
    ["recommend", `${models}${likes.join("")}`, "the same without questions"],
    ["evaluate", `${models}`, "judge the saved model again, beside every baseline"],
    ["serve", `${models}`, "answer over HTTP on 127.0.0.1"],
    ["models list", `${models}`, "what is saved"],
  ].map(([command, flags, what]) => [`  npx foretaste ${command}${flags}`, what] as const);
  const width = Math.max(...commands.filter(([line]) => line.length < 60).map(([line]) => line.length));
  const lines = commands.map(([line, what]) => `${line.padEnd(width)}  ${colours.dim(`# ${what}`)}`);
  return [
    `Saved as ${relative(".", saved) || saved}, after ${seconds.toFixed(0)} s in all. Next:`,
    ...lines,
  ].join("\n");
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}
