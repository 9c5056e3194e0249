import Table from "cli-table3";
import type { Reason, Recommendation } from "../../serve/recommender.ts";
import type { Colours } from "../colours.ts";
import { plainTable } from "../tables.ts";

const namedReasons = 3;

/** A table of recommendations; the contributions under "why" sum to the score. */
export function recommendationTable(
  items: readonly Recommendation[],
  { colours, labelOf }: { readonly colours: Colours; readonly labelOf: (id: string) => string },
): string {
  const head = ["", "title", "score", "why"].map((text) => colours.bold(text));
  const table = new Table({ ...plainTable(head), colAligns: ["right", "left", "right", "left"] });
  for (const [at, item] of items.entries()) {
    table.push([at + 1, labelOf(item.id), item.score.toFixed(2), why(item.reasons, labelOf)]);
  }
  return table.toString();
}

/** `+1.20 because of Heat, -0.10 because of Up, +0.30 popularity, +0.02 other events`. */
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
  features: "your features",
};

function nameOf({ kind, item, title }: Reason, labelOf: (id: string) => string): string {
  if (kind !== "event") return names[kind];
  return item === undefined ? (title ?? names.event) : labelOf(item);
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
