import Table from "cli-table3";
import type { Reason, Recommendation } from "../../serve/recommender.ts";
import type { Colours } from "../colours.ts";
import { plainTable } from "../tables.ts";

const namedReasons = 3;
const longestTitle = 48;
const longestReason = 32;
/** Columns that the rank, the score and the gaps take, and the least that is left for the reasons. */
const besides = 16;
const leastWhy = 30;

export interface TableOptions {
  readonly colours: Colours;
  readonly labelOf: (id: string) => string;
  /** Columns of the terminal. */
  readonly width: number;
}

/** A table of recommendations; the contributions under "why" sum to the score. */
export function recommendationTable(items: readonly Recommendation[], options: TableOptions): string {
  const { colours, labelOf, width } = options;
  const labels = items.map((item) => shorten(labelOf(item.id), longestTitle));
  const widest = Math.max("title".length, ...labels.map((label) => label.length));
  const table = new Table({
    ...plainTable(["", "title", "score", "why"].map((text) => colours.bold(text))),
    colAligns: ["right", "left", "right", "left"],
    colWidths: [null, null, null, Math.max(leastWhy, width - widest - besides)],
    wordWrap: true,
  });
  for (const [at, item] of items.entries()) {
    table.push([at + 1, labels[at], item.score.toFixed(2), why(item.reasons, labelOf)]);
  }
  return table.toString().replaceAll(/ +$/gm, "");
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Signed contributions, the largest first: `+1.20 Heat (1995), +0.30 popularity, −0.10 Up (2009), +0.02 4 more`. */
export function why(reasons: readonly Reason[], labelOf: (id: string) => string): string {
  const named = [...reasons]
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, namedReasons);
  const rest = reasons.filter((reason) => !named.includes(reason));
  const parts = named.map((reason) => `${signed(reason.contribution)} ${nameOf(reason, labelOf)}`);
  const left = rest.reduce((sum, reason) => sum + reason.contribution, 0);
  if (rest.length > 0) parts.push(`${signed(left)} ${rest.length} more`);
  return parts.join(", ");
}

const names: Readonly<Record<Reason["kind"], string>> = {
  event: "an event",
  item: "the item itself",
  popularity: "popularity",
  prior: "what people like",
  features: "your features",
};

function nameOf({ kind, item, title }: Reason, labelOf: (id: string) => string): string {
  if (kind !== "event") return names[kind];
  return shorten(item === undefined ? (title ?? names.event) : labelOf(item), longestReason);
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
