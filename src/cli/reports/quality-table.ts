import Table from "cli-table3";
import type { QualityRow } from "../../evaluate/report.ts";
import { lowerIsBetter } from "../../evaluate/report.ts";
import type { Quality } from "../../train/compare.ts";
import type { Colours } from "../colours.ts";
import { plainTable } from "../tables.ts";

/** How a metric is named above its table. */
const captions: Readonly<Record<string, string>> = {
  "ndcg_binary@10": "nDCG@10 of a list from the whole catalogue; liked is relevant; higher is better",
  mae: "Mean absolute error of predicted ratings; lower is better",
};

/**
 * One table a metric: a state: systems by shots, means with half the width of their 95 % interval, `▲` the best of a column, `*`
 * better than the best baseline beyond chance.
 */
export function qualityTables({ rows, comparisons }: Quality, colours: Colours): string {
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const states = [...new Set(rows.map(({ state }) => state))];
  const tables = metrics.flatMap((metric) =>
    states.flatMap((state) => {
      const isHere = (one: { readonly metric: string; readonly state: string }): boolean =>
        one.metric === metric && one.state === state;
      const own = rows.filter(isHere);
      if (!own.some(({ mean }) => Number.isFinite(mean))) return [];
      const better = comparisons.filter((one) => isHere(one) && one.star);
      const stars = new Set(better.map(({ system, shots }) => `${system}/${shots}`));
      const where = states.length > 1 ? ` (${state.replaceAll("-", " ")})` : "";
      return [`${colours.bold((captions[metric] ?? metric) + where)}\n${metricTable(own, stars, colours)}`];
    }),
  );
  return `${tables.join("\n\n")}\n\n${legend(colours)}`;
}

function legend(colours: Colours): string {
  return colours.dim(
    "± half of the 95 % bootstrap interval over tasks · ▲ best of its column\n" +
      "* better than the best baseline of its column (paired bootstrap over the same tasks, p < .05)",
  );
}

function metricTable(rows: readonly QualityRow[], stars: ReadonlySet<string>, colours: Colours): string {
  const shots = [...new Set(rows.map((row) => row.shots))];
  const systems = [...new Set(rows.map(({ system }) => system))];
  const at = (system: string, k: QualityRow["shots"]): QualityRow | undefined =>
    rows.find((row) => row.system === system && row.shots === k);
  const best = new Set(shots.map((k) => bestOf(rows.filter((row) => row.shots === k))));
  const heads = shots.map((k) => (k === "all" ? "all events" : `${k} shot${k === 1 ? "" : "s"}`));
  const table = new Table({
    ...plainTable(["", ...heads].map((text) => colours.bold(text))),
    colAligns: ["left", ...shots.map(() => "right" as const)],
  });
  const people = shots.map((k) => Math.max(...rows.filter((row) => row.shots === k).map((row) => row.tasks)));
  table.push([
    colours.dim("tasks"),
    ...people.map((count) => colours.dim(`${count.toLocaleString("en")}   `)),
  ]);
  for (const system of systems) {
    const cells = shots.map((k) => {
      const row = at(system, k);
      return cell(row, {
        best: row !== undefined && best.has(row),
        star: stars.has(`${system}/${k}`),
        colours,
      });
    });
    table.push([system, ...cells]);
  }
  return table.toString().replaceAll(/ +$/gm, "");
}

function bestOf(rows: readonly QualityRow[]): QualityRow | undefined {
  const known = rows.filter(({ mean }) => Number.isFinite(mean));
  const sign = lowerIsBetter(known[0]?.metric ?? "") ? -1 : 1;
  return known.sort((a, b) => sign * (b.mean - a.mean))[0];
}

interface Marks {
  readonly best: boolean;
  readonly star: boolean;
  readonly colours: Colours;
}

/** `.211 ±.012▲*`; always as wide, so that means stand under each other. */
function cell(row: QualityRow | undefined, { best, star, colours }: Marks): string {
  if (row === undefined || !Number.isFinite(row.mean)) return colours.dim("–   ");
  const mean = short(row.mean);
  const text = `${best ? colours.bold(mean) : mean} ${colours.dim(`±${short((row.high - row.low) / 2)}`)}`;
  return `${text} ${best ? colours.green("▲") : " "}${star ? colours.green("*") : " "}`;
}

/** Three digits after the point, without the zero before it. */
function short(value: number): string {
  return value.toFixed(3).replace(/^0\./, ".");
}
