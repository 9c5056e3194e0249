import type { Protocol } from "../../evaluate/protocols/protocol.ts";
import type { Comparison } from "../../evaluate/report.ts";
import type { Quality } from "../../train/compare.ts";
import { defaultConfig, type TrainConfig } from "../../train/config.ts";
import type { DemoData } from "../../train/demo-data.ts";
import { judgedBy } from "../../train/run-training.ts";
import { systemNamed } from "../../train/systems.ts";
import type { Colours } from "../colours.ts";

/** A command with a remark fits beside it up to this width. */
const commandWidth = 76;

/** Which data, before anything is learned from it. */
export function aboutData({ dataset, source }: DemoData, { bold, yellow }: Colours): string {
  const { users, items, interactions, synthetic, scale } = dataset;
  const what = synthetic
    ? `${yellow(bold("Synthetic world"))} (${source}). Its numbers say nothing about real people.`
    : `${bold("MovieTweetings 100K")} (${source})`;
  const events = `${count(interactions.value.length)} ratings of ${count(items.ids.length)} films`;
  const people = `${count(users.ids.length)} people`;
  return `${what}\n${events} by ${people}, from ${scale.min} to ${scale.max}, liked from ${scale.liked}.`;
}

/** Who stays unseen, and what there is to choose from. */
export function aboutSplit({ train, groups }: Protocol, { split, seed }: TrainConfig): string {
  const cold = Math.round(split.coldFraction * 100);
  const films = groups[0]?.cases[0]?.candidates.length ?? 0;
  return (
    `${cold} % of the people, chosen by seed ${seed}, stay unseen; ${count(train.warmUsers.length)} are learned from.\n` +
    `Lists are drawn from the ${count(films)} films with at least 5 likes in training.`
  );
}

/** Where the head stands against the best baseline of each column, truthfully. */
export function verdict({ comparisons }: Quality): string {
  const ours = comparisons.filter(({ system }) => system === systemNamed("bayes-head").title);
  const [lists, ratings] = judgedBy.map(({ name }) => ours.filter(({ metric }) => metric === name));
  return [sentence("Lists of the Bayes head", lists), sentence("Its predicted ratings", ratings)].join("\n");
}

function sentence(what: string, columns: readonly Comparison[] = []): string {
  const shotsOf = (some: readonly Comparison[]): string => {
    const list = some.map(({ shots }) => shots).join(", ");
    return `${list} ${list === "1" ? "shot" : "shots"}`;
  };
  const [better, others] = [columns.filter(({ star }) => star), columns.filter(({ star }) => !star)];
  const best = [...new Set(others.map(({ baseline }) => baseline))].join(", ");
  const yes = `better than every baseline, beyond chance, at ${shotsOf(better)}`;
  const no = `at ${shotsOf(others)} (best baseline there: ${best})`;
  if (others.length === 0) return `${what}: ${yes}.`;
  return better.length === 0 ? `${what}: not better, beyond chance, ${no}.` : `${what}: ${yes}; not ${no}.`;
}

export interface Ending {
  /** Folder of the saved model, and of all of them. */
  readonly saved: string;
  readonly models: string;
  /** What the person of the demo liked. */
  readonly titles: readonly string[];
  readonly seconds: number;
}

/** What to try next; every line works as it stands. */
export function nextCommands({ saved, models, titles, seconds }: Ending, colours: Colours): string {
  const where = models === defaultConfig.output ? "" : ` --models ${quoted(models)}`;
  const likes = titles.slice(0, 2).map((title) => ` --like ${quoted(title)}`);
  const commands = [
    ["recommend", "type films you liked, get ten and why"],
    [`recommend${likes.join("")}`, "the same without questions"],
    ["evaluate", "judge the saved model again, beside every baseline"],
    ["serve", "answer over HTTP on 127.0.0.1"],
    ["models list", "what is saved"],
  ].map(([command, what]) => [`  npx foretaste ${command}${where}`, what] as const);
  const width = Math.max(...commands.map(([line]) => line.length).filter((n) => n <= commandWidth));
  const lines = commands.map(([line, what]) =>
    line.length > commandWidth ? line : `${line.padEnd(width)}  ${colours.dim(`# ${what}`)}`,
  );
  return [`Saved as ${saved}, after ${seconds.toFixed(0)} s in all. Next:`, ...lines].join("\n");
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}
