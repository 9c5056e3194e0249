import type { Results } from "../results/page.ts";

interface Row {
  readonly protocol: string;
  readonly dataset: string;
  readonly system: string;
  /** Of comparisons with the best baseline. */
  readonly baseline?: string;
  /** Of gains: what the system is held against. */
  readonly over?: string;
  /** Of groups of people and items. */
  readonly grouping?: string;
  readonly metric: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** `bench/results/cross-domain.json`. */
export interface CrossDomainResults extends Omit<Results, "rows"> {
  readonly rows: readonly Row[];
}

const columns = [
  { protocol: "cross-domain-sampled", metrics: ["mrr@1000", "ndcg_binary@10"] },
  { protocol: "cross-domain", metrics: ["mrr@10", "ndcg_binary@10"] },
].flatMap(({ protocol, metrics }) => metrics.map((metric) => ({ protocol, metric })));
const datasets = { "amazon-game-video": "video to games", "amazon-video-game": "games to video" };

/**
 * A table a direction: a line a system, the mean over its seeds with the widest interval; then a line for each difference,
 * paired over people, each person's mean over seeds.
 */
export function crossDomainSection({
  what,
  command,
  commit,
  date,
  machine,
  rows,
}: CrossDomainResults): string {
  const { cpu, cores, memoryGb, node } = machine;
  const head = `${what}. \`${command}\`, commit ${commit}, ${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}.`;
  return [
    head,
    ...Object.entries(datasets).map(([dataset, title]) =>
      table(
        title,
        rows.filter((row) => row.dataset === dataset),
      ),
    ),
  ].join("\n\n");
}

function table(title: string, rows: readonly Row[]): string {
  const figures = rows.filter((row) =>
    [row.baseline, row.over, row.grouping].every((one) => one === undefined),
  );
  const systems = [...new Set(figures.map(({ system }) => nameOf(system)))].map((name) =>
    line(
      name,
      figures.filter(({ system }) => nameOf(system) === name),
    ),
  );
  const gains = rows.filter(({ over }) => over !== undefined);
  const differences = [...new Set(gains.map(({ system, over }) => `${system} - ${over}`))].map((name) =>
    line(
      name,
      gains.filter(({ system, over }) => `${system} - ${over}` === name),
    ),
  );
  const labels = columns.map(
    ({ protocol, metric }) => `${metric}, ${protocol === "cross-domain" ? "all" : "1 of 1,000"}`,
  );
  const head = [`| ${title} | ${labels.join(" | ")} |`, `|${"---|".repeat(columns.length + 1)}`];
  return [...head, ...systems, ...differences].join("\n");
}

function line(name: string, rows: readonly Row[]): string {
  const cells = columns.map(({ protocol, metric }) =>
    cell(rows.filter((row) => row.protocol === protocol && row.metric === metric)),
  );
  return `| ${name} | ${cells.join(" | ")} |`;
}

/** Seeds are one system. */
function nameOf(system: string): string {
  return system.split(":")[0] ?? system;
}

function cell(rows: readonly Row[]): string {
  if (rows.length === 0) return "-";
  const mean = rows.reduce((sum, row) => sum + row.mean, 0) / rows.length;
  const low = Math.min(...rows.map((row) => row.low));
  const high = Math.max(...rows.map((row) => row.high));
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}
